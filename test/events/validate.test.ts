import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { OutcryError } from '../../src/errors.js'
import { CATALOGUE } from '../../src/events/catalogue/index.js'
import { trade } from '../../src/events/catalogue/market.js'
import { orderFill } from '../../src/events/catalogue/orders.js'
import { defineEvent } from '../../src/events/define.js'
import { EventDraft } from '../../src/events/draft.js'
import { ENVELOPE_SCHEMAS } from '../../src/events/envelope.js'
import { LANES, type Lane, OutcryEvent } from '../../src/events/event.js'
import { Invalid } from '../../src/events/invalid.js'
import { EventTypes } from '../../src/events/validate.js'

const invalidOf = (answer: unknown): Invalid => {
  if (answer instanceof Invalid) return answer
  throw new Error('the input was taken')
}

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof OutcryError) return error.code
  }
  throw new Error('no OutcryError was thrown')
}

describe('the wire form', () => {
  const types = new EventTypes()

  it('becomes the draft that the flat form makes', () => {
    const wire = {
      type: 'trade',
      version: 1,
      id: 't1',
      timestamp: '1970-01-01T00:00:01Z',
      source: 's',
      symbol: 'A',
      symbols: ['A', 'B'],
      correlationId: 'c',
      causationId: 'd',
      payload: { price: 1, size: 2 },
    }
    const { type: _, version: __, payload, ...envelope } = wire
    expect(types.parse(JSON.parse(JSON.stringify(wire)))).toStrictEqual(trade({ ...envelope, ...payload }))
  })

  it('may leave out a payload that has no required field', () => {
    expect(types.parse({ type: 'system.started' })).toBeInstanceOf(EventDraft)
    expect(invalidOf(types.parse({ type: 'trade' })).path).toBe('payload.price')
  })

  it.each([
    [{ type: 'trade', payload: { price: 'x', size: 1 } }, 'payload.price', '"x"'],
    [{ type: 'trade', payload: { price: 1, size: 1, sise: 2 } }, 'payload.sise', '2'],
    [{ type: 'system.started', payload: null }, 'payload', 'null'],
    [{ type: 'trade', payload: [1] }, 'payload', 'an array of 1'],
    [{ type: 'trade', payload: { price: 1, size: 1 }, symbl: 'A' }, 'symbl', '"A"'],
    [{ type: 'trade', payload: { price: 1, size: 1 }, symbol: 5 }, 'symbol', '5'],
    [{ type: 'trade', payload: { price: 1, size: 1 }, version: 2 }, 'version', '2'],
    [{ type: 'trade', payload: { price: 1, size: 1 }, timestamp: 'now' }, 'timestamp', '"now"'],
    [{ type: 'trad', payload: {} }, 'type', 'did you mean trade?'],
    [{ type: 'order.filled', payload: {} }, 'type', 'did you mean order.fill?'],
    [{ type: 'Trade', payload: {} }, 'type', 'did you mean trade?'],
    [{ type: 'weather-report', payload: {} }, 'type', 'define it with defineEvent'],
    [{ type: 'x'.repeat(5_000), payload: {} }, 'type', '(5000 characters)'],
    [{ type: 7 }, 'type', '7'],
    [{}, 'type', 'type is missing'],
    ['trade', '', '"trade"'],
    [null, '', 'null'],
    [[], '', 'an array of 0'],
  ])('answers %j with what is wrong', (input, path, shown) => {
    const invalid = invalidOf(types.parse(input))
    expect(invalid.path).toBe(path)
    expect(invalid.reason).toContain(shown)
    expect(invalid.reason).toContain(path)
    expect(invalid.reason.length).toBeLessThan(400)
  })

  it('of another type is refused by a definition', () => {
    expect(invalidOf(trade.safeParse({ type: 'bar', id: 'b1', payload: {} }))).toMatchObject({ id: 'b1', path: 'type' })
  })

  it('keeps the id of what it refuses', () => {
    expect(invalidOf(types.parse({ type: 'nope', id: 'e1' })).id).toBe('e1')
    expect(invalidOf(types.parse({ type: 'trade', id: 'e2', payload: {} })).id).toBe('e2')
  })

  it('takes an accepted event back, without its old number', () => {
    const event = new OutcryEvent(
      'e1',
      'trade',
      1,
      5,
      6,
      's',
      'A',
      ['A'],
      { price: 1, size: 2 },
      undefined,
      undefined,
      7,
      1,
    )
    const expected = trade({ id: 'e1', timestamp: 5, source: 's', symbol: 'A', symbols: ['A'], price: 1, size: 2 })
    expect(types.parse(event)).toStrictEqual(expected)
    expect(types.parse(JSON.parse(JSON.stringify(event)))).toStrictEqual(expected)
  })

  it('never throws, whatever the input is', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
    })
    const withType = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...CATALOGUE.map((definition) => definition.type)), anything),
        payload: anything,
        id: anything,
        timestamp: anything,
        symbols: anything,
      },
      { requiredKeys: ['type'] },
    )
    fc.assert(
      fc.property(fc.oneof(anything, withType), (input) => {
        const answer = types.parse(input)
        expect(answer instanceof EventDraft || answer instanceof Invalid).toBe(true)
      }),
    )
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('boom')
        },
      },
    )
    expect(invalidOf(types.parse(hostile)).reason).toContain('boom')
    const cyclic: Record<string, unknown> = { type: 'trade' }
    cyclic.payload = cyclic
    expect(types.parse(cyclic)).toBeInstanceOf(Invalid)
  })

  it('never throws for what throws itself when it is looked at, be it something that cannot be made a text of', () => {
    const thrower = (thrown: unknown): object => {
      const fail = (): never => {
        throw thrown
      }
      return new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail })
    }
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const textless = Object.create(null) as object
    const draft = trade({ symbol: 'A', price: 1, size: 1 })
    const inputs = [
      revoked.proxy,
      thrower(null),
      thrower(textless),
      thrower(Symbol('no')),
      Object.create(EventDraft.prototype),
      new Proxy(draft, {
        get: () => {
          throw textless
        },
      }),
      {
        type: 'trade',
        get payload() {
          throw textless
        },
      },
    ]
    for (const input of inputs) expect(types.parse(input)).toBeInstanceOf(Invalid)
    expect(trade.safeCreate(thrower(textless))).toBeInstanceOf(Invalid)
    expect(trade.safeParse(revoked.proxy)).toBeInstanceOf(Invalid)
  })

  it('names a key of megabytes by its beginning, in its path as in its reason', () => {
    const key = 'k'.repeat(1_000_000)
    for (const input of [
      { type: 'trade', [key]: 1 },
      { type: 'trade', symbol: 'A', payload: { price: 1, size: 1, [key]: 1 } },
    ]) {
      const { path, reason } = invalidOf(types.parse(input))
      expect(path.length).toBeLessThan(200)
      expect(reason.length).toBeLessThan(400)
    }
    expect(invalidOf(trade.safeCreate({ symbol: 'A', price: 1, size: 1, [key]: 1 })).path.length).toBeLessThan(200)
  })

  it('looks at each symbol once, as a proxy may answer otherwise the next time', () => {
    let looks = 0
    const symbols = new Proxy(['B'], {
      get: (target, key) => {
        if (key !== '0') return Reflect.get(target, key)
        looks += 1
        return looks === 1 ? 'B' : { evil: true }
      },
    })
    const draft = types.parse({ type: 'trade', symbol: 'A', symbols, payload: { price: 1, size: 1 } })
    expect(draft).toMatchObject({ symbol: 'A', symbols: ['A', 'B'] })
  })

  it('decides the envelope as its zod schemas do', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom('', 'x'.repeat(256), 'x'.repeat(257), null, undefined, 0, [], {}),
      fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.constant(1)), { maxLength: 300 }),
      fc.constant(Array.from({ length: 256 }, () => 'x')),
      fc.constant(Array.from({ length: 257 }, () => 'x')),
    )
    const fields = ['id', 'source', 'symbol', 'symbols', 'correlationId', 'causationId'] as const
    fc.assert(
      fc.property(fc.constantFrom(...fields), value, (field, given) => {
        const answer = types.parse({ type: 'trade', payload: { price: 1, size: 1 }, [field]: given })
        expect(answer instanceof EventDraft).toBe(ENVELOPE_SCHEMAS[field].safeParse(given).success)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the types of an engine', () => {
  const mine = defineEvent({ type: 'my.thing', payload: z.object({ a: z.number() }), lane: 'low' })

  it('are interned once to small integers (3457, 3470, 3475)', () => {
    const types = new EventTypes({ events: [mine] })
    const all = [...types.all()]
    expect(all.map(({ index }) => index)).toStrictEqual(all.map((_, i) => i))
    expect(types.size).toBe(CATALOGUE.length + 1)
    expect(types.get('my.thing')).toBe(all.at(-1))
    expect(types.get('my.thing')).toMatchObject({ definition: mine, lane: 'low', laneIndex: LANES.indexOf('low') })
    expect(types.get('nope')).toBeUndefined()
    // One that comes again, be it listed twice, is the one that is there.
    const again = new EventTypes({ events: [mine, mine] })
    expect([...again.all()].map(({ index }) => index)).toStrictEqual(all.map((_, i) => i))
    expect(again.parse(mine({ a: 1 }))).toBeInstanceOf(EventDraft)
    expect(again.size).toBe(types.size)
  })

  it('do not parse a trusted draft twice (3464, 3476, 3477)', () => {
    let runs = 0
    const counted = defineEvent({
      type: 'counted',
      payload: z.object({ a: z.number() }).refine(() => {
        runs += 1
        return true
      }),
    })
    const types = new EventTypes({ events: [counted] })
    const draft = counted({ a: 1 })
    expect(runs).toBe(1)
    expect(types.parse(draft)).toBe(draft)
    expect(runs).toBe(1)
    types.parse({ type: 'counted', payload: { a: 1 } })
    expect(runs).toBe(2)
  })

  it('are shared with no other engine (3460)', () => {
    const first = new EventTypes({ events: [mine] })
    const second = new EventTypes()
    expect(first.get('my.thing')).toBeDefined()
    expect(second.get('my.thing')).toBeUndefined()
    expect(second.parse({ type: 'my.thing', payload: { a: 1 } })).toBeInstanceOf(Invalid)
  })

  it('take a definition on first sight of its draft, and its wire form from then on', () => {
    const types = new EventTypes({ lanes: { 'my.*': 'high' } })
    const draft = mine({ a: 1 })
    expect(types.knows(draft)).toBe(false)
    expect(types.parse(draft)).toBe(draft)
    expect(types.knows(draft)).toBe(true)
    expect(types.laneIndexOf(draft)).toBe(LANES.indexOf('high'))
    expect(types.parse({ type: 'my.thing', payload: { a: 1 } })).toBeInstanceOf(EventDraft)
  })

  it('refuse two definitions of one type', () => {
    const other = defineEvent({ type: 'my.thing', payload: z.object({ b: z.number() }) })
    expect(codeOf(() => new EventTypes({ events: [mine, other] }))).toBe('OUTCRY_EVENT_TYPE_CONFLICT')
    const impostor = defineEvent({ type: 'trade', payload: z.object({}) })
    expect(codeOf(() => new EventTypes({ events: [impostor] }))).toBe('OUTCRY_EVENT_TYPE_CONFLICT')
    expect(new EventTypes({ events: [mine, mine, trade] }).size).toBe(CATALOGUE.length + 1)
    const types = new EventTypes({ events: [mine] })
    expect(invalidOf(types.parse(other({ id: 'o1', b: 1 })))).toMatchObject({ id: 'o1', path: 'type' })
    expect(types.knows(other({ b: 1 }))).toBe(false)
  })

  it('are bounded', () => {
    const types = new EventTypes({ maxTypes: CATALOGUE.length + 2 })
    const drafts = ['x.a', 'x.b', 'x.c'].map((type) => defineEvent({ type, payload: z.object({}) })({}))
    const answers = drafts.map((draft) => types.parse(draft))
    expect(answers.map((answer) => answer instanceof EventDraft)).toStrictEqual([true, true, false])
    expect(invalidOf(answers[2]).reason).toContain('x.c')
    expect(types.size).toBe(CATALOGUE.length + 2)
    expect(codeOf(() => new EventTypes({ maxTypes: 3 }))).toBe('OUTCRY_OPTION_INVALID')
  })

  it('take their lane from the longest key that fits, in any order of keys', () => {
    const lanes: readonly [string, Lane][] = [
      ['*', 'low'],
      ['order.*', 'high'],
      ['order.fill', 'normal'],
    ]
    for (const entries of [lanes, lanes.toReversed()]) {
      const types = new EventTypes({ lanes: Object.fromEntries(entries) })
      expect(types.get('order.fill')?.lane).toBe('normal')
      expect(types.get('order.accepted')?.lane).toBe('high')
      expect(types.get('trade')?.lane).toBe('low')
    }
    const fill = orderFill({ orderId: 'o', side: 'buy', price: 1, quantity: 1 })
    expect(new EventTypes().laneIndexOf(fill)).toBe(LANES.indexOf('critical'))
  })

  it.each([{ 'Order.*': 'low' }, { '': 'low' }, { 'ord*': 'low' }, { trade: 'urgent' }, { trade: undefined }])(
    'refuse the lanes %j',
    (lanes) => {
      expect(codeOf(() => Reflect.construct(EventTypes, [{ lanes }]))).toBe('OUTCRY_OPTION_INVALID')
    },
  )
})
