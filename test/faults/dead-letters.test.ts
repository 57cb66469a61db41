import { describe, expect, it } from 'vitest'
import { isOutcryError, type StrategyDefinition, signal, trade } from '../../src/index.js'
import {
  deferred,
  engineOn,
  expectNothingLeft,
  expectQuiet,
  never,
  numberOf,
  type TestEngine,
  trades,
  witness,
} from '../engine/support.js'

/** A strategy that fails on the events it is told to, until it is mended. */
function fragile(name: string, fails: (n: number) => boolean = () => true) {
  const part = { mended: false, seen: [] as string[] }
  const strategy: StrategyDefinition = {
    name,
    subscribe: { types: ['trade'] },
    // Its breaker is not what is looked at here.
    breaker: { ignore: () => true },
    onEvent: (event) => {
      const n = numberOf(event)
      if (!part.mended && fails(n)) throw new Error(`cannot take ${n}`)
      part.seen.push(event.redelivered ? `${n} again` : String(n))
    },
  }
  return { part, strategy }
}

const offerAll = ({ engine }: TestEngine, count: number, symbol = 'AAPL', from = 0): void => {
  for (const draft of trades(count, symbol, from)) engine.offer(draft)
}

const codeOf = (error: unknown): string => (isOutcryError(error) ? error.code : String(error))

describe("an engine's dead letters", () => {
  it('are listed by filter and page, counted, and shown one by one with their error', async () => {
    const a = fragile('a')
    const b = fragile('b', (n) => n === 0)
    const test = engineOn({ strategies: [a.strategy, b.strategy] })
    const { engine } = test
    await test.start()
    offerAll(test, 3, 'AAPL')
    offerAll(test, 2, 'MSFT')
    await test.during(engine.drain())
    const { deadLetters } = engine
    expect([deadLetters.count(), deadLetters.count({ strategy: 'a' }), deadLetters.count({ symbol: 'MSFT' })]).toEqual([
      7, 5, 3,
    ])
    const page = deadLetters.list({ strategy: 'a' }, { offset: 1, limit: 2 })
    expect(page.map(({ event, reason }) => [event && numberOf(event), reason])).toEqual([
      [1, 'poison'],
      [2, 'poison'],
    ])
    const newest = deadLetters.list({}, { first: 'newest', limit: 1 })
    expect(newest).toMatchObject([{ strategy: 'b', error: 'cannot take 0', attempts: 1 }])
    const detail = deadLetters.get(newest[0]?.id ?? '')
    expect(detail).toMatchObject({ id: newest[0]?.id, code: undefined, returns: 0, event: { symbol: 'MSFT' } })
    expect(detail?.stack[0]).toContain('at ')
    expect(detail?.bytes).toBeGreaterThan(100)
    expect(deadLetters.get('none')).toBeUndefined()
    expect(() => deadLetters.list({ reason: 'tired' as never })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'deadLetters.filter.reason' }),
    )
    await test.during(engine.stop())
    // They stay readable.
    expect(deadLetters.count()).toBe(7)
  })

  it('are discarded by id or by filter, each once', async () => {
    const { strategy } = fragile('a')
    const test = engineOn({ strategies: [strategy] })
    const { engine } = test
    await test.start()
    offerAll(test, 4)
    await test.during(engine.drain())
    const [first] = engine.deadLetters.list()
    expect(engine.deadLetters.discard(first?.id ?? '')).toBe(1)
    expect(engine.deadLetters.discard(first?.id ?? '')).toBe(0)
    expect(engine.deadLetters.discard({ strategy: 'a' })).toBe(3)
    expect(engine.ledger().deadLetters).toEqual({ entered: 4, held: 0, redriven: 0, discarded: 4, evicted: 0 })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('give way to newer ones when they are full, which is told and logged at powers of ten (row 3463)', async () => {
    const { strategy } = fragile('a')
    const lines: string[] = []
    const line = (fields: unknown, text?: string): void => void lines.push(`${text} ${JSON.stringify(fields)}`)
    const test = engineOn({
      strategies: [strategy],
      deadLetters: { maxCount: 5 },
      logger: { debug: () => {}, info: () => {}, warn: line as never, error: () => {} },
    })
    const { engine } = test
    const told: unknown[] = []
    engine.on('deadLettersEvicted', (fact) => told.push(fact))
    await test.start()
    offerAll(test, 1_005)
    await test.during(engine.drain())
    expect(engine.ledger().deadLetters).toMatchObject({ entered: 1_005, held: 5, evicted: 1_000 })
    expect(told).toEqual([1, 10, 100, 1_000].map((evicted) => ({ evicted, held: 5 })))
    expect(lines.filter((text) => text.includes('evicted'))).toHaveLength(4)
    expectQuiet(test)
    await test.during(engine.stop())
  })
})

describe('a redrive', () => {
  it('goes to the strategy that failed and to no other, past dedupe, and adds one due delivery each (row 3463)', async () => {
    const a = fragile('a')
    const b = fragile('b', () => false)
    const test = engineOn({ strategies: [a.strategy, b.strategy] })
    const { engine } = test
    await test.start()
    offerAll(test, 3)
    await test.during(engine.drain())
    expect(engine.ledger().deliveries).toMatchObject({ due: 6, succeeded: 3, deadLettered: 3 })
    a.part.mended = true
    const summary = await test.during(engine.deadLetters.redrive({ strategy: 'a' }), 1_000)
    expect(summary).toEqual({ redriven: 3, failed: 0, unconfirmed: 0, stopped: false })
    expect(a.part.seen).toEqual(['0 again', '1 again', '2 again'])
    expect(b.part.seen).toEqual(['0', '1', '2'])
    const ledger = engine.ledger()
    expect(ledger.events).toMatchObject({ published: 3, duplicate: 0, accepted: 3, settled: 3 })
    expect(ledger.deliveries).toMatchObject({ due: 9, succeeded: 6, deadLettered: 3 })
    expect(ledger.deadLetters).toEqual({ entered: 3, held: 0, redriven: 3, discarded: 0, evicted: 0 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('of what fails again makes new letters, and every count is exact', async () => {
    const a = fragile('a')
    const test = engineOn({ strategies: [a.strategy] })
    const { engine } = test
    await test.start()
    offerAll(test, 2)
    await test.during(engine.drain())
    expect(await test.during(engine.deadLetters.redrive({}, { limit: 1 }), 1_000)).toMatchObject({ redriven: 1 })
    const ledger = engine.ledger()
    expect(ledger.deliveries).toMatchObject({ due: 3, deadLettered: 3 })
    expect(ledger.deadLetters).toEqual({ entered: 3, held: 2, redriven: 1, discarded: 0, evicted: 0 })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('lets the signals of a strategy out that answer at last, once', async () => {
    let broken = true
    const got: string[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'answers',
          subscribe: { types: ['trade'] },
          onEvent: (cause) => {
            if (broken) throw new Error('broken')
            return signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause })
          },
        },
      ],
    })
    test.engine.on('signal', ({ id }) => got.push(id))
    await test.start()
    test.engine.offer(trade({ id: 'cause', symbol: 'AAPL', price: 1, size: 1 }))
    await test.during(test.engine.drain())
    broken = false
    await test.during(test.engine.deadLetters.redrive(), 1_000)
    await test.during(test.engine.drain())
    expect(got).toEqual(['answers/0@cause'])
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('is bounded in its rate, and asked for twice at once is refused', async () => {
    const a = fragile('a')
    const test = engineOn({
      strategies: [a.strategy],
      deadLetters: { redrive: { ratePerSecond: 10, burst: 1 } },
    })
    const { engine } = test
    await test.start()
    offerAll(test, 5)
    await test.during(engine.drain())
    a.part.mended = true
    const first = engine.deadLetters.redrive()
    await expect(engine.deadLetters.redrive()).rejects.toMatchObject({ code: 'OUTCRY_ENGINE_STATE' })
    await test.run(50)
    expect(a.part.seen).toHaveLength(1)
    await test.run(100)
    expect(a.part.seen).toHaveLength(2)
    await test.during(first, 1_000)
    expect(a.part.seen).toHaveLength(5)
    expect(await test.during(engine.deadLetters.redrive())).toMatchObject({ redriven: 0 })
    await test.during(engine.stop())
  })

  it('is waited for by drain', async () => {
    const answer = deferred()
    let calls = 0
    const test = engineOn({
      strategies: [
        {
          name: 'slow',
          onEvents: async () => {
            calls += 1
            if (calls === 1) throw new Error('first')
            await answer.promise
          },
        },
      ],
    })
    await test.start()
    offerAll(test, 1)
    await test.during(test.engine.drain())
    const redriving = test.engine.deadLetters.redrive()
    await test.run(10)
    let drained = false
    const draining = test.engine.drain().then(() => {
      drained = true
    })
    await test.run(10)
    expect([calls, drained]).toEqual([2, false])
    answer.resolve()
    await test.during(draining)
    await test.during(redriving)
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 2, succeeded: 1, deadLettered: 1 })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  const obstacles: readonly (readonly [string, (test: TestEngine) => void])[] = [
    ['is paused', ({ engine }) => engine.pause()],
    ['is halted', ({ engine }) => engine.halt('x')],
    ['has halted the symbol', ({ engine }) => engine.halt({ symbol: 'AAPL', reason: 'x' })],
  ]

  it.each(obstacles)('leaves letters where they are while the engine %s', async (_, obstruct) => {
    const a = fragile('a')
    const test = engineOn({ strategies: [a.strategy] })
    const { engine } = test
    await test.start()
    offerAll(test, 2)
    await test.during(engine.drain())
    a.part.mended = true
    obstruct(test)
    expect(await test.during(engine.deadLetters.redrive(), 1_000)).toMatchObject({ redriven: 0, failed: 2 })
    expect(engine.ledger()).toMatchObject({ deliveries: { due: 2 }, deadLetters: { held: 2, redriven: 0 } })
    expect(engine.deadLetters.get(engine.deadLetters.list()[0]?.id ?? '')?.returns).toBe(1)
    engine.resume()
    engine.reset()
    engine.reset({ symbol: 'AAPL' })
    expect(await test.during(engine.deadLetters.redrive(), 1_000)).toMatchObject({ redriven: 2, failed: 0 })
    expect(a.part.seen).toEqual(['0 again', '1 again'])
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('to a strategy that is gone leaves its letters where they are', async () => {
    const test = engineOn()
    await test.start()
    const dispose = test.engine.subscribe(['trade'], () => {
      throw new Error('no')
    })
    offerAll(test, 1)
    await test.during(test.engine.drain())
    dispose()
    await test.run()
    expect(await test.during(test.engine.deadLetters.redrive(), 1_000)).toMatchObject({ redriven: 0, failed: 1 })
    expect(test.engine.deadLetters.count()).toBe(1)
    await test.during(test.engine.stop())
  })

  it('that a stop cuts short puts back what was not handled, and is told so', async () => {
    let calls = 0
    const test = engineOn({
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
      strategies: [
        {
          name: 'hangs',
          onEvents: async () => {
            calls += 1
            if (calls <= 3) throw new Error('at first')
            await never()
          },
        },
      ],
      chunk: { maxEvents: 1 },
    })
    await test.start()
    offerAll(test, 3)
    await test.during(test.engine.drain())
    const redriving = test.engine.deadLetters.redrive()
    await test.run(10)
    const report = await test.during(test.engine.stop({ timeoutMs: 1_000 }), 2_000)
    expect(await test.during(redriving)).toMatchObject({ stopped: true })
    expect(report.hung).toEqual(['hangs'])
    expect(test.engine.ledger()).toMatchObject({
      deliveries: { due: 4, deadLettered: 3, abandoned: 1 },
      deadLetters: { entered: 3, held: 3, redriven: 0 },
    })
    await expectNothingLeft(test)
  })

  it('before the start or after the stop is refused', async () => {
    const test = engineOn()
    await expect(test.engine.deadLetters.redrive()).rejects.toMatchObject({ code: 'OUTCRY_ENGINE_STATE' })
    await test.start()
    await test.during(test.engine.stop())
    await expect(test.engine.deadLetters.redrive().catch(codeOf)).resolves.toBe('OUTCRY_ENGINE_STATE')
  })
})

describe('what an open breaker turns away', () => {
  const open = (keep: readonly 'breaker-open'[]) => {
    const a = fragile('a', (n) => n < 10)
    const test = engineOn({
      strategies: [{ ...a.strategy, breaker: { minimumCalls: 5, openTime: 60_000 } }],
      deadLetters: { keep },
    })
    return { test, ...a }
  }

  it('is skipped by default', async () => {
    const { test } = open([])
    await test.start()
    offerAll(test, 10)
    await test.during(test.engine.drain())
    offerAll(test, 5, 'AAPL', 20)
    await test.during(test.engine.drain())
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 15, deadLettered: 10, skipped: 5 })
    expect(test.engine.deadLetters.count({ reason: 'breaker-open' })).toBe(0)
    await test.during(test.engine.stop())
  })

  it('is dead-lettered where the option says so, not attempted, and can be redriven once it closes', async () => {
    const { test, part } = open(['breaker-open'])
    const { engine } = test
    await test.start()
    offerAll(test, 10)
    await test.during(engine.drain())
    offerAll(test, 5, 'AAPL', 20)
    await test.during(engine.drain())
    expect(engine.ledger().deliveries).toMatchObject({ due: 15, deadLettered: 15, skipped: 0 })
    const letters = engine.deadLetters.list({ reason: 'breaker-open' })
    expect(letters.map(({ attempts, strategy }) => [attempts, strategy])).toEqual(Array(5).fill([0, 'a']))
    expect(engine.deadLetters.get(letters[0]?.id ?? '')?.code).toBe('OUTCRY_BREAKER_OPEN')
    // An open breaker would only turn them away again.
    expect(await test.during(engine.deadLetters.redrive({ reason: 'breaker-open' }), 1_000)).toMatchObject({
      redriven: 0,
      failed: 5,
    })
    await test.run(60_000)
    expect(await test.during(engine.deadLetters.redrive({ reason: 'breaker-open' }), 1_000)).toMatchObject({
      redriven: 5,
      failed: 0,
    })
    expect(part.seen).toEqual([20, 21, 22, 23, 24].map((n) => `${n} again`))
    expectQuiet(test)
    await test.during(engine.stop())
  })
})

describe('what a stop abandons', () => {
  it('becomes letters of reason shutdown where the option says so, beside its count as abandoned', async () => {
    const after = witness('after')
    const test = engineOn({
      groupSize: 1,
      deadLetters: { keep: ['shutdown'] },
      chunk: { maxEvents: 2 },
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
      workers: { min: 1, max: 1 },
      strategies: [{ name: 'hangs', subscribe: { types: ['trade'] }, onEvents: never }, after.strategy],
    })
    const { engine } = test
    const told: string[] = []
    engine.on('deadLetter', ({ reason, strategy }) => told.push(`${reason} ${strategy}`))
    await test.start()
    offerAll(test, 5)
    await test.run()
    const report = await test.during(engine.stop({ drain: false }), 10_000)
    expect(report.ledger).toMatchObject({
      events: { accepted: 5, abandoned: 5 },
      deliveries: { due: 2, abandoned: 2 },
      deadLetters: { entered: 5, held: 5 },
    })
    const letters = engine.deadLetters.list({ reason: 'shutdown' })
    const shown = letters.map(({ strategy, event }) => `${strategy} ${event && numberOf(event)}`)
    expect(shown.sort()).toEqual(['hangs 0', 'hangs 1', 'undefined 2', 'undefined 3', 'undefined 4'])
    expect(told).toHaveLength(5)
    expect(report.hung).toEqual(['hangs'])
    await expectNothingLeft(test)
  })

  it('is no letter by default', async () => {
    const test = engineOn()
    await test.start()
    test.engine.pause()
    offerAll(test, 5)
    await test.during(test.engine.stop({ drain: false }))
    expect(test.engine.ledger()).toMatchObject({ events: { abandoned: 5 }, deadLetters: { entered: 0 } })
  })
})

describe('an event that is refused for want of room', () => {
  it('is told as a dead letter under the policy dead-letter', async () => {
    const test = engineOn({ queue: { capacity: 1, overflow: { normal: 'dead-letter' } } })
    const told: string[] = []
    test.engine.on('deadLetter', ({ reason }) => told.push(reason))
    await test.start()
    test.engine.pause()
    offerAll(test, 3)
    expect(told).toEqual(['refused', 'refused'])
    await test.during(test.engine.stop({ drain: false }))
  })
})
