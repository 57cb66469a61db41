import { describe, expect, it } from 'vitest'
import type { StrategyDefinition } from '../../src/index.js'
import { engineOn, expectQuiet, numberOf, trades, witness } from './support.js'

const CHUNK = 256
/** Never opens, whatever fails. */
const noBreaker = { disabled: true }

interface Form {
  readonly form: string
  make(poison: ReadonlySet<number>, seen: number[]): Pick<StrategyDefinition, 'onEvent' | 'onEvents'>
}

const check = (event: Parameters<typeof numberOf>[0], poison: ReadonlySet<number>): number => {
  const number = numberOf(event)
  if (poison.has(number)) throw new Error(`poison ${number}`)
  return number
}

const FORMS: readonly Form[] = [
  {
    form: 'onEvents',
    make: (poison, seen) => ({
      onEvents: (events) => {
        const numbers = events.map((event) => check(event, poison))
        seen.push(...numbers)
      },
    }),
  },
  {
    form: 'async onEvents',
    make: (poison, seen) => ({
      onEvents: async (events) => {
        await Promise.resolve()
        const numbers = events.map((event) => check(event, poison))
        seen.push(...numbers)
      },
    }),
  },
  {
    form: 'onEvent',
    make: (poison, seen) => ({
      onEvent: (event) => {
        seen.push(check(event, poison))
      },
    }),
  },
  {
    form: 'async onEvent',
    make: (poison, seen) => ({
      onEvent: async (event) => {
        await Promise.resolve()
        seen.push(check(event, poison))
      },
    }),
  },
  {
    form: 'onEvent that only sometimes answers a promise',
    make: (poison, seen) => ({
      onEvent: (event) => {
        const number = numberOf(event)
        if (number % 3 === 0) return Promise.resolve().then(() => void seen.push(check(event, poison)))
        seen.push(check(event, poison))
        return undefined
      },
    }),
  },
]

const PLACES: readonly (readonly [string, readonly number[]])[] = [
  ['the first', [0]],
  ['the middle', [128]],
  ['the last', [255]],
  ['several', [0, 1, 77, 127, 128, 254, 255]],
]

describe.each(FORMS)('a chunk of 256 to $form', ({ make }) => {
  it.each(PLACES)('with %s events poisoned loses those alone, with their errors', async (_, places) => {
    const seen: number[] = []
    const peer = witness()
    const poison = new Set(places)
    const test = engineOn({
      strategies: [{ name: 'picky', breaker: noBreaker, ...make(poison, seen) }, peer.strategy],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(CHUNK)) engine.offer(draft)
    await test.during(engine.drain())
    const good = Array.from({ length: CHUNK }, (_unused, index) => index).filter((index) => !poison.has(index))
    expect(seen).toEqual(good)
    expect(peer.seen).toHaveLength(CHUNK)
    const letters = engine.deadLetters.list({}, { limit: 1_000 })
    expect(letters.map((letter) => [letter.strategy, letter.reason, letter.error, letter.attempts])).toEqual(
      places.map((place) => ['picky', 'poison', `poison ${place}`, 1]),
    )
    expect(letters.map(({ event }) => event && numberOf(event))).toEqual(places)
    expect(engine.ledger().deliveries).toMatchObject({
      due: 2 * CHUNK,
      succeeded: 2 * CHUNK - places.length,
      deadLettered: places.length,
    })
    expect(engine.ledger().events.settled).toBe(CHUNK)
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('retries the failing event alone, as often as it was told', async () => {
    const seen: number[] = []
    const test = engineOn({
      strategies: [{ name: 'picky', breaker: noBreaker, retry: { attempts: 2 }, ...make(new Set([9]), seen) }],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(CHUNK)) engine.offer(draft)
    await test.during(engine.drain())
    expect(seen).toHaveLength(CHUNK - 1)
    expect(engine.deadLetters.list().map(({ attempts }) => attempts)).toEqual([3])
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('takes an event that succeeds on a later attempt', async () => {
    const poison = new Set([200])
    const seen: number[] = []
    let failures = 0
    const watched = new Proxy(poison, {
      get: (target, key) => {
        if (key !== 'has') return Reflect.get(target, key)
        return (number: number): boolean => {
          // As often as bisection meets it, and twice alone.
          if (number === 200 && failures < 10) failures += 1
          return number === 200 && failures < 10
        }
      },
    })
    const test = engineOn({
      strategies: [{ name: 'picky', breaker: noBreaker, retry: { attempts: 20 }, ...make(watched, seen) }],
    })
    await test.start()
    for (const draft of trades(CHUNK)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(seen).toEqual(Array.from({ length: CHUNK }, (_unused, index) => index))
    expect(test.engine.ledger().deliveries).toMatchObject({ succeeded: CHUNK, deadLettered: 0 })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('dead-letters every event where every one fails', async () => {
    const all = new Set(Array.from({ length: CHUNK }, (_unused, index) => index))
    const peer = witness()
    const test = engineOn({ strategies: [{ name: 'picky', breaker: noBreaker, ...make(all, []) }, peer.strategy] })
    await test.start()
    for (const draft of trades(CHUNK)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(test.engine.ledger().deliveries).toMatchObject({ succeeded: CHUNK, deadLettered: CHUNK })
    expect(test.engine.deadLetters.list({}, { limit: 1_000 }).map(({ error }) => error)).toEqual(
      [...all].map((number) => `poison ${number}`),
    )
    expect(peer.seen).toHaveLength(CHUNK)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })
})
