import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../actors/engine-options.js'
import { type DeadLetterEntry, describeError } from '../../src/dead-letters/letter.js'
import { estimateBytes } from '../../src/dead-letters/size.js'
import { DeadLetterStore, type DeadLetterStoreSettings } from '../../src/dead-letters/store.js'
import { OutcryEvent } from '../../src/events/event.js'
import type { DeadLetterLedger } from '../../src/metrics/ledger.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

let sequence = 0
function eventOf(type = 'trade', symbols: readonly string[] = ['AAPL'], payload: unknown = { price: 1 }): OutcryEvent {
  sequence += 1
  return new OutcryEvent(
    `e${sequence}`,
    type,
    1,
    0,
    0,
    'test',
    symbols[0],
    symbols,
    payload,
    undefined,
    undefined,
    sequence,
    0,
  )
}

const entryOf = (rest: Partial<DeadLetterEntry> = {}): DeadLetterEntry => ({
  reason: 'poison',
  event: eventOf(),
  strategy: 'breakout',
  error: 'boom',
  ...rest,
})

function storeOf(options: DeadLetterStoreSettings['options'] = {}, rest: Partial<DeadLetterStoreSettings> = {}) {
  const environment = new VirtualEnvironment()
  return { environment, store: new DeadLetterStore({ environment, options, ...rest }) }
}

const balances = ({ entered, held, redriven, discarded, evicted }: Readonly<DeadLetterLedger>): boolean =>
  entered === held + redriven + discarded + evicted

describe('bounds', () => {
  it('row 3463: a million failures stay bounded by count and bytes, and the ledger is exact', () => {
    const announced: number[] = []
    // A counter for an id: a million drawn ones would be most of this test's time.
    class Counting extends VirtualEnvironment {
      #ids = 0
      override id(): string {
        this.#ids += 1
        return String(this.#ids)
      }
    }
    const { store } = storeOf(
      { maxCount: 1_000, maxBytes: 200_000 },
      { environment: new Counting(), onEvicted: (evicted) => announced.push(evicted) },
    )
    const event = eventOf('news', ['AAPL'], { body: 'x'.repeat(50) })
    const entry = entryOf({ event })
    for (let i = 1; i <= 1_000_000; i += 1) {
      store.add(entry)
      if (i % 9_973 === 0) {
        store.discard(store.list({}, { limit: 1 })[0]?.id ?? '')
        for (const letter of store.takeForRedrive({}, 2)) if (letter.order % 2 === 0) store.putBack(letter)
        expect(balances(store.ledger)).toBe(true)
      }
    }
    expect(store.ledger.entered).toBe(1_000_000)
    expect(store.ledger.held).toBe(store.held)
    expect(store.held).toBeLessThanOrEqual(1_000)
    expect(store.bytes).toBeLessThanOrEqual(200_000)
    expect(store.full).toBe(true)
    expect(balances(store.ledger)).toBe(true)
    expect(announced).toEqual([1, 10, 100, 1_000, 10_000, 100_000])
  })

  it('evicts the oldest first', () => {
    const { store } = storeOf({ maxCount: 2 })
    const [a, b, c] = [store.add(entryOf()), store.add(entryOf()), store.add(entryOf())]
    expect(store.list()).toEqual([b, c])
    expect(a.fate).toBe('evicted')
    expect(store.get(a.id)).toBeUndefined()
    expect(store.ledger).toEqual({ entered: 3, held: 2, redriven: 0, discarded: 0, evicted: 1 })
  })

  it('is bounded by bytes too, and a letter larger than the whole bound is counted as evicted', () => {
    const { store } = storeOf({ maxBytes: 10_000 })
    for (let i = 0; i < 10; i += 1) store.add(entryOf({ event: eventOf('news', [], { body: 'x'.repeat(3_000) }) }))
    expect(store.held).toBe(2)
    store.add(entryOf({ event: eventOf('news', [], 'x'.repeat(20_000)) }))
    expect(store.ledger).toEqual({ entered: 11, held: 0, redriven: 0, discarded: 0, evicted: 11 })
    expect([store.bytes, store.full]).toEqual([0, false])
  })

  it('stays full until there is some room again', () => {
    const { store } = storeOf({ maxCount: 20 })
    for (let i = 0; i < 20; i += 1) store.add(entryOf())
    expect(store.full).toBe(true)
    store.takeForRedrive({}, 1)
    expect(store.full).toBe(true)
    store.takeForRedrive({}, 1)
    expect(store.full).toBe(false)
  })

  it('a listener that throws loses no letter', () => {
    const { store } = storeOf(
      { maxCount: 1 },
      {
        onEvicted: () => {
          throw new Error('log')
        },
        onFault: () => {
          throw new Error('fault')
        },
      },
    )
    store.add(entryOf())
    store.add(entryOf())
    expect(store.ledger).toMatchObject({ entered: 2, held: 1, evicted: 1 })
    expect(store.faults).toBe(2)
  })

  it.each([
    [{ maxCount: 0 }, 'deadLetters.maxCount'],
    [{ maxBytes: Number.NaN }, 'deadLetters.maxBytes'],
    [{ redrive: { ratePerSecond: 0 } }, 'deadLetters.redrive.ratePerSecond'],
    [{ maxcount: 5 }, 'deadLetters.maxcount'],
  ])('refuses the options %o, naming %s', (options, path) => {
    expect(() => storeOf(options as DeadLetterStoreSettings['options'])).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path }),
    )
  })

  it.each([
    ['maxCount', 1, 10_000_000],
    ['maxBytes', 1_024, 4_294_967_296],
  ] as const)('takes %s from %i to %i, as an engine does', (name, least, most) => {
    for (const value of [least, most]) {
      expect(storeOf({ [name]: value }).store.limits[name]).toBe(value)
      expect(resolveOptions({ deadLetters: { [name]: value } }).deadLetters[name]).toBe(value)
    }
    for (const value of [least - 1, most + 1, least + 0.5]) {
      const refusal = expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: `deadLetters.${name}` })
      expect(() => storeOf({ [name]: value })).toThrow(refusal)
      expect(() => resolveOptions({ deadLetters: { [name]: value } })).toThrow(refusal)
    }
  })
})

describe('looking', () => {
  const filled = () => {
    const { environment, store } = storeOf()
    const start = environment.now()
    store.add(entryOf({ reason: 'refused', event: undefined, strategy: undefined, error: 'price is "x"' }))
    store.add(entryOf({ event: eventOf('news', ['MSFT', 'AAPL']) }))
    environment.advance(1_000)
    store.add(entryOf({ reason: 'timeout', strategy: 'tone', attempts: 3 }))
    store.add(entryOf({ reason: 'timeout', event: eventOf('bar', ['MSFT']) }))
    return { store, start }
  }
  const orders = (store: DeadLetterStore, ...rest: Parameters<DeadLetterStore['list']>): number[] =>
    store.list(...rest).map((letter) => letter.order)

  it('filters by reason, strategy, type, any symbol and time, all at once', () => {
    const { store, start } = filled()
    expect(orders(store)).toEqual([1, 2, 3, 4])
    expect(orders(store, { reason: 'timeout' })).toEqual([3, 4])
    expect(orders(store, { strategy: 'breakout' })).toEqual([2, 4])
    expect(orders(store, { type: 'news' })).toEqual([2])
    expect(orders(store, { symbol: 'AAPL' })).toEqual([2, 3])
    expect(orders(store, { since: start + 1 })).toEqual([3, 4])
    expect(orders(store, { reason: 'timeout', symbol: 'MSFT' })).toEqual([4])
    expect(store.count({ strategy: 'tone' })).toBe(1)
  })

  it('pages from either end', () => {
    const { store } = filled()
    expect(orders(store, {}, { offset: 1, limit: 2 })).toEqual([2, 3])
    expect(orders(store, {}, { first: 'newest', limit: 2 })).toEqual([4, 3])
    expect(orders(store, { reason: 'timeout' }, { offset: 1 })).toEqual([4])
    expect(orders(store, {}, { offset: 9 })).toEqual([])
  })

  it('keeps attempts, error and time, and finds a letter by its id', () => {
    const { store, start } = filled()
    const [letter] = store.list({ strategy: 'tone' })
    expect(letter).toMatchObject({ attempts: 3, at: start + 1_000, error: { message: 'boom' }, fate: 'held' })
    expect(store.get(letter?.id ?? '')).toBe(letter)
    expect(store.list({ reason: 'refused' })[0]).toMatchObject({ attempts: 0, strategy: undefined })
  })

  it('finds one letter by its id and no other', () => {
    const { store } = storeOf()
    const [, second] = [store.add(entryOf()), store.add(entryOf()), store.add(entryOf())]
    expect(store.list({ id: second.id }).map(({ order }) => order)).toEqual([second.order])
    expect(store.count({ id: 'nobody' })).toBe(0)
  })

  it('refuses a filter or page that cannot be meant', () => {
    const { store } = filled()
    const filter = { reason: 'sad' } as never
    expect(() => store.list(filter)).toThrow(expect.objectContaining({ path: 'deadLetters.filter.reason' }))
    expect(() => store.list({}, { limit: -1 })).toThrow(expect.objectContaining({ path: 'deadLetters.page.limit' }))
    expect(() => store.discard({ symbols: 'X' } as never)).toThrow(/deadLetters\.filter\.symbols/)
    expect(store.held).toBe(4)
  })
})

describe('taking', () => {
  it('discards one by its id, or all that match, each once', () => {
    const { store } = storeOf()
    const letters = Array.from({ length: 6 }, (_, i) => store.add(entryOf({ strategy: i % 2 === 0 ? 'a' : 'b' })))
    expect(store.discard(letters[1]?.id ?? '')).toBe(1)
    expect(store.discard(letters[1]?.id ?? '')).toBe(0)
    expect(store.discard({ strategy: 'a' })).toBe(3)
    expect(store.list()).toEqual([letters[3], letters[5]])
    expect(store.ledger).toEqual({ entered: 6, held: 2, redriven: 0, discarded: 4, evicted: 0 })
  })

  it('gives a letter to one redrive only, and never one that has nowhere to go', () => {
    const { store } = storeOf()
    store.add(entryOf({ strategy: undefined, reason: 'refused' }))
    store.add(entryOf({ event: undefined, reason: 'refused' }))
    const letters = Array.from({ length: 3 }, () => store.add(entryOf()))
    expect(store.takeForRedrive({}, 2)).toEqual(letters.slice(0, 2))
    expect(store.takeForRedrive({}, 2)).toEqual(letters.slice(2))
    expect(store.takeForRedrive({}, 2)).toEqual([])
    expect(store.ledger).toEqual({ entered: 5, held: 2, redriven: 3, discarded: 0, evicted: 0 })
  })

  it('takes a letter back in its old place, once', () => {
    const { store } = storeOf()
    const letters = Array.from({ length: 4 }, () => store.add(entryOf()))
    const [a, b, c, d] = store.takeForRedrive({}, 4)
    for (const letter of [c, a, d, b]) if (letter !== undefined) expect(store.putBack(letter)).toBe(true)
    expect(store.list()).toEqual(letters)
    expect(a !== undefined && store.putBack(a)).toBe(false)
    expect(store.ledger).toEqual({ entered: 4, held: 4, redriven: 0, discarded: 0, evicted: 0 })
    store.discard(letters[0]?.id ?? '')
    expect(a !== undefined && store.putBack(a)).toBe(false)
    expect(store.held).toBe(3)
  })

  it('a letter that comes back to a full store is the oldest, so it is the one to go', () => {
    const { store } = storeOf({ maxCount: 2 })
    store.add(entryOf())
    store.add(entryOf())
    const [old] = store.takeForRedrive({}, 1)
    store.add(entryOf())
    if (old !== undefined) store.putBack(old)
    expect(old?.fate).toBe('evicted')
    expect(store.ledger).toEqual({ entered: 3, held: 2, redriven: 0, discarded: 0, evicted: 1 })
  })
})

describe('what is kept of an error', () => {
  it('keeps code, message and the first frames, all bounded', () => {
    const error = Object.assign(new Error('m'.repeat(10_000)), { code: 'E_BROKEN' })
    const kept = describeError(error)
    expect(kept.code).toBe('E_BROKEN')
    expect(kept.message).toHaveLength(500)
    expect(kept.stack.length).toBeGreaterThan(0)
    expect(kept.stack.length).toBeLessThanOrEqual(5)
    for (const line of kept.stack) expect(line).toMatch(/^at /)
  })

  it('describes whatever was thrown, a hostile object included', () => {
    const hostile = {
      get message(): string {
        throw new Error('no')
      },
    }
    expect(describeError('text').message).toBe('text')
    expect(describeError(null).message).toBe('null')
    expect(describeError(Symbol('s')).message).toBe('Symbol(s)')
    expect(describeError(undefined)).toEqual({ code: undefined, message: '', stack: [] })
    expect(describeError({}).message).toBe('an object was thrown that is no error')
    expect(describeError(hostile).message).toBe('the error cannot be read')
  })
})

describe('the estimate of a size', () => {
  it('follows the text, survives cycles and hostile payloads, and looks at a bounded number of values', () => {
    const small = estimateBytes(eventOf('news', [], { body: '' }))
    expect(estimateBytes(eventOf('news', [], { body: 'x'.repeat(5_000) })) - small).toBe(5_000)
    const cycle: Record<string, unknown> = { price: 1n }
    cycle.self = cycle
    expect(estimateBytes(eventOf('news', [], cycle))).toBeLessThan(1_000_000)
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    expect(estimateBytes(eventOf('news', [], hostile))).toBeGreaterThan(0)
    let reads = 0
    const levels = Array.from({ length: 50_000 }, (_, i) => ({
      get price() {
        reads += 1
        return i
      },
    }))
    expect(estimateBytes(eventOf('book', [], levels))).toBeGreaterThan(1_000_000)
    expect(reads).toBeLessThanOrEqual(1_000)
  })
})
