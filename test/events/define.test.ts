import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { OutcryError } from '../../src/errors.js'
import { alert } from '../../src/events/catalogue/alerts.js'
import { bar, bookSnapshot, trade } from '../../src/events/catalogue/market.js'
import { news } from '../../src/events/catalogue/news.js'
import { defineEvent } from '../../src/events/define.js'
import { EventDraft } from '../../src/events/draft.js'
import { OutcryEvent } from '../../src/events/event.js'
import { Invalid } from '../../src/events/invalid.js'

const failureOf = (act: () => unknown): OutcryError => {
  try {
    act()
  } catch (error) {
    if (error instanceof OutcryError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const invalidOf = (answer: unknown): Invalid => {
  if (answer instanceof Invalid) return answer
  throw new Error('the input was taken')
}

const accepted = (id: string, correlationId?: string): OutcryEvent =>
  new OutcryEvent(id, 'news', 1, 1, 1, 'wire', 'A', ['A'], {}, correlationId, undefined, 1, 0)

describe('the flat form', () => {
  it('parts the envelope from the payload', () => {
    const draft = trade({
      id: 't1',
      timestamp: '2014-06-05T13:30:00.25Z',
      source: 'spy',
      symbol: 'SPY',
      correlationId: 'c',
      causationId: 'd',
      price: 187.2,
      size: 100,
      exchange: 'P',
    })
    expect(draft).toBeInstanceOf(EventDraft)
    expect(draft.type).toBe('trade')
    expect(draft.definition).toBe(trade)
    expect(draft.payload).toStrictEqual({ price: 187.2, size: 100, exchange: 'P' })
    expect(draft).toMatchObject({ id: 't1', timestamp: 1401975000250, source: 'spy', symbol: 'SPY' })
    expect(draft).toMatchObject({ correlationId: 'c', causationId: 'd', symbols: undefined })
  })

  it('leaves to acceptance what is not given', () => {
    const draft = trade({ price: 1, size: 2 })
    expect(draft.id).toBeUndefined()
    expect(draft.timestamp).toBeUndefined()
    expect(draft.source).toBeUndefined()
    expect(draft.symbol).toBeUndefined()
  })

  it('gives a draft by call and by create alike', () => {
    const input = { symbol: 'A', price: 1, size: 2 }
    expect(trade.create(input)).toStrictEqual(trade(input))
  })

  it('copies the payload, so that the caller cannot change what is queued', () => {
    const conditions = ['@']
    const draft = trade({ price: 1, size: 2, conditions })
    conditions[0] = 'X'
    expect(draft.payload.conditions).toStrictEqual(['@'])
  })

  it('copies the symbols, without repeats and with the symbol among them', () => {
    const symbols = ['SGML', 'SGML', 'AMZN']
    const draft = news({ headline: 'x', symbols })
    symbols[0] = 'X'
    expect(draft.symbols).toStrictEqual(['SGML', 'AMZN'])
    expect(news({ headline: 'x', symbol: 'A', symbols: ['B', 'C', 'B'] }).symbols).toStrictEqual(['A', 'B', 'C'])
    expect(news({ headline: 'x', symbol: 'B', symbols: ['A', 'B'] }).symbols).toStrictEqual(['A', 'B'])
    const many = Array.from({ length: 200 }, (_, i) => `S${i % 100}`)
    expect(news({ headline: 'x', symbol: 'Z', symbols: many }).symbols).toStrictEqual(['Z', ...many.slice(0, 100)])
  })

  it('takes an envelope field that is present and undefined', () => {
    const draft = trade({ symbol: undefined, timestamp: undefined, price: 1, size: 2 })
    expect(draft.symbol).toBeUndefined()
  })

  it.each([
    [{ price: '1', size: 2 }, 'price', '"1"'],
    [{ price: Number.NaN, size: 2 }, 'price', 'NaN'],
    [{ price: Number.POSITIVE_INFINITY, size: 2 }, 'price', 'Infinity'],
    [{ price: 1, size: -2 }, 'size', '-2'],
    [{ price: 1 }, 'size', 'undefined'],
    [{ price: 1, size: 2, conditions: ['@', 7] }, 'conditions.1', '7'],
    [{ price: 1, size: 2, pirce: 3 }, 'pirce', '3'],
    [{ price: 1, size: 2, symbol: '' }, 'symbol', '""'],
    [{ price: 1, size: 2, symbol: null }, 'symbol', 'null'],
    [{ price: 1, size: 2, symbols: 'A' }, 'symbols', '"A"'],
    [{ price: 1, size: 2, symbols: ['A', 5] }, 'symbols.1', '5'],
    [{ price: 1, size: 2, id: 7 }, 'id', '7'],
    [{ price: 1, size: 2, id: 'x'.repeat(257) }, 'id', '(257 characters)'],
    [{ price: 1, size: 2, source: {} }, 'source', 'an object without fields'],
    [{ price: 1, size: 2, timestamp: '2014-06-05 09:30:00' }, 'timestamp', 'lacks a time zone'],
    [{ price: 1, size: 2, timestamp: new Date(Number.NaN) }, 'timestamp', 'an invalid Date'],
    [{ price: 1, size: 2, cause: 'e1' }, 'cause', '"e1"'],
    [{ price: 1, size: 2, correlationId: 1 }, 'correlationId', '1'],
    [{ price: 1, size: 2, causationId: [] }, 'causationId', 'an array of 0'],
  ])('refuses %j naming the path and the value', (input, path, value) => {
    const error = failureOf(() => Reflect.apply(trade, undefined, [input]))
    expect(error.code).toBe('OUTCRY_EVENT_INVALID')
    expect(error.path).toBe(path)
    expect(error.message).toContain('trade: ')
    expect(error.message).toContain(path)
    expect(error.message).toContain(value)
    expect(error.message).not.toContain('\n')
    expect(invalidOf(trade.safeCreate(input)).reason).toBe(error.message)
  })

  it.each([null, undefined, 5, 'trade', [1], () => 1])('refuses %j, which has no fields', (input) => {
    expect(invalidOf(trade.safeCreate(input)).reason).toContain('expected an object of fields')
  })

  it('cuts a long value short', () => {
    const error = failureOf(() => news({ headline: 'x'.repeat(100_000) }))
    expect(error.message.length).toBeLessThan(300)
    expect(error.message).toContain('(100000 characters)')
  })

  it('keeps the id of what it refuses', () => {
    expect(invalidOf(trade.safeCreate({ id: 't9', price: 'x', size: 1 })).id).toBe('t9')
    expect(invalidOf(trade.safeCreate({ id: 9, price: 1, size: 1 })).id).toBeUndefined()
  })

  it('answers, and does not throw, where reading the input throws', () => {
    const hostile = {
      size: 1,
      get price(): number {
        throw new Error('boom')
      },
    }
    expect(invalidOf(trade.safeCreate(hostile)).reason).toContain('boom')
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no keys')
        },
      },
    )
    expect(invalidOf(trade.safeCreate(proxy)).reason).toContain('no keys')
  })

  it('refuses a key named __proto__ instead of following it', () => {
    const input: unknown = JSON.parse('{"price":1,"size":2,"__proto__":{"exchange":"P"}}')
    expect(invalidOf(trade.safeCreate(input)).path).toBe('__proto__')
    const inAlert: unknown = JSON.parse('{"kind":"halt","score":1,"__proto__":{"reason":"x"}}')
    expect(alert.safeCreate(inAlert)).toBeInstanceOf(Invalid)
  })
})

describe('the cause of an event', () => {
  it('sets causation and correlation from it', () => {
    expect(trade({ price: 1, size: 1, cause: accepted('e1') })).toMatchObject({
      causationId: 'e1',
      correlationId: 'e1',
    })
    const deep = trade({ price: 1, size: 1, cause: accepted('e2', 'root') })
    expect(deep).toMatchObject({ causationId: 'e2', correlationId: 'root' })
  })

  it('gives way to what is said outright', () => {
    const draft = trade({ price: 1, size: 1, cause: accepted('e2', 'root'), correlationId: 'mine' })
    expect(draft).toMatchObject({ causationId: 'e2', correlationId: 'mine' })
  })
})

describe('a definition', () => {
  it('tells its own events from others', () => {
    const { payload } = trade({ price: 1, size: 1 })
    const event: OutcryEvent = new OutcryEvent(
      '1',
      'trade',
      1,
      1,
      1,
      's',
      'A',
      ['A'],
      payload,
      undefined,
      undefined,
      1,
      0,
    )
    expect(trade.is(event)).toBe(true)
    expect(bar.is(event)).toBe(false)
  })

  it('has version 1 and the normal lane unless it says otherwise', () => {
    const plain = defineEvent({ type: 'a', payload: z.object({}) })
    expect([plain.version, plain.lane]).toStrictEqual([1, 'normal'])
    const other = defineEvent({ type: 'a', payload: z.object({}), version: 3, lane: 'low' })
    expect([other.version, other.lane]).toStrictEqual([3, 'low'])
  })

  it.each(['', 'Trade', 'order.', '.fill', 'order..fill', 'a b', 'order.*', '*', '9a', 'ä', 'a'.repeat(129)])(
    'refuses the type name %j',
    (type) => {
      const error = failureOf(() => defineEvent({ type, payload: z.object({}) }))
      expect(error.code).toBe('OUTCRY_OPTION_INVALID')
      expect(error.path).toBe('type')
    },
  )

  it.each(['id', 'timestamp', 'source', 'symbol', 'symbols', 'correlationId', 'causationId', 'cause'])(
    'refuses a payload field named %s, which the envelope has',
    (field) => {
      const error = failureOf(() => defineEvent({ type: 'mine', payload: z.object({ [field]: z.string() }) }))
      expect(error.code).toBe('OUTCRY_OPTION_INVALID')
      expect(error.path).toBe(`payload.${field}`)
      const inUnion = z.union([z.object({ a: z.string() }), z.object({ [field]: z.string() })])
      expect(failureOf(() => defineEvent({ type: 'mine', payload: inUnion })).path).toBe(`payload.${field}`)
    },
  )

  it.each([z.string(), z.array(z.object({})), z.map(z.string(), z.number()), z.null()])(
    'refuses a payload that is no object',
    (payload) => {
      const error = failureOf(() => Reflect.apply(defineEvent, undefined, [{ type: 'mine', payload }]))
      expect(error.code).toBe('OUTCRY_OPTION_INVALID')
      expect(error.path).toBe('payload')
    },
  )

  it.each([
    [{ type: 'mine' }, 'payload'],
    [{ type: 'mine', payload: { a: 1 } }, 'payload'],
    [{ type: 'mine', payload: z.object({}), version: 0 }, 'version'],
    [{ type: 'mine', payload: z.object({}), version: 1.5 }, 'version'],
    [{ type: 'mine', payload: z.object({}), lane: 'urgent' }, 'lane'],
    [{ type: 'mine', payload: z.object({}), lanes: 'low' }, 'lanes'],
  ])('refuses the options %#, naming %2$s', (options, path) => {
    const error = failureOf(() => Reflect.apply(defineEvent, undefined, [options]))
    expect(error.code).toBe('OUTCRY_OPTION_INVALID')
    expect(error.path).toBe(path)
  })
})

describe('payload schemas of a host', () => {
  it('may default and transform', () => {
    const grade = defineEvent({
      type: 'grade',
      payload: z.object({ score: z.string().transform(Number), scale: z.number().default(10) }),
    })
    expect(grade({ symbol: 'A', score: '7' }).payload).toStrictEqual({ score: 7, scale: 10 })
  })

  it('may be open to unknown keys, which do not include the envelope', () => {
    const open = defineEvent({ type: 'open', payload: z.looseObject({ a: z.number() }) })
    expect(open({ id: 'x', symbol: 'A', a: 1, b: 2 }).payload).toStrictEqual({ a: 1, b: 2 })
  })

  it('may be a record', () => {
    const levels = defineEvent({ type: 'levels', payload: z.record(z.string(), z.number()) })
    expect(levels.safeCreate({ symbol: 'A', support: 1 })).toMatchObject({ symbol: 'A', payload: { support: 1 } })
    expect(invalidOf(levels.safeCreate({ support: 'x' })).path).toBe('support')
  })

  it('may be a union, whose members are closed too', () => {
    expect(alert({ symbol: 'A', kind: 'gap', score: 0.5, price: 10, previousClose: 9 }).payload).toStrictEqual({
      kind: 'gap',
      score: 0.5,
      price: 10,
      previousClose: 9,
    })
    const typing = invalidOf(alert.safeCreate({ kind: 'halt', score: 0.5, raeson: 'news' }))
    expect(typing.reason).toBe('alert: raeson ("news") is no field of this type')
    const kind = invalidOf(alert.safeCreate({ kind: 'hatl', score: 0.5 }))
    expect(kind.path).toBe('kind')
    const plain = defineEvent({
      type: 'u',
      payload: z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]),
    })
    expect(plain.safeCreate({ b: 1, c: 2 })).toBeInstanceOf(Invalid)
    expect(plain.safeCreate({ b: 1 })).toBeInstanceOf(EventDraft)
  })

  it('may be wrapped, and are closed within', () => {
    const piped = defineEvent({ type: 'piped', payload: z.object({ a: z.number() }).transform(({ a }) => ({ b: a })) })
    expect(piped({ symbol: 'A', a: 1 }).payload).toStrictEqual({ b: 1 })
    expect(invalidOf(piped.safeCreate({ a: 1, c: 2 })).path).toBe('c')
    const frozen = defineEvent({ type: 'frozen', payload: z.object({ a: z.number() }).readonly() })
    expect(frozen({ a: 1 }).payload).toStrictEqual({ a: 1 })
    expect(invalidOf(frozen.safeCreate({ a: 1, c: 2 })).path).toBe('c')
    const both = z.object({ a: z.number() }).and(z.object({ id: z.string() }))
    expect(failureOf(() => defineEvent({ type: 'both', payload: both })).path).toBe('payload.id')
  })

  it('report a refinement that fails or throws', () => {
    const crossed = invalidOf(bar.safeCreate({ open: 1, high: 1, low: 2, close: 1, volume: 0 }))
    expect(crossed.path).toBe('high')
    expect(crossed.reason).toContain('expected high to be at least low')
    const faulty = defineEvent({
      type: 'faulty',
      payload: z.object({ a: z.number() }).refine(() => {
        throw new Error('oops')
      }),
    })
    expect(invalidOf(faulty.safeCreate({ a: 1 })).reason).toContain('oops')
  })

  it('report an asynchronous refinement as what it is', () => {
    const slow = defineEvent({ type: 'slow', payload: z.object({ a: z.number() }).refine(async () => true) })
    expect(slow.safeCreate({ a: 1 })).toBeInstanceOf(Invalid)
  })

  it('refuse an unknown key below the first level where the catalogue closes it', () => {
    const answer = bookSnapshot.safeCreate({ bids: [{ price: 1, size: 1, sise: 2 }], asks: [] })
    expect(invalidOf(answer).path).toBe('bids.0.sise')
  })
})
