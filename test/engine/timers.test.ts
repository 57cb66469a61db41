import { describe, expect, it } from 'vitest'
import { createEngine, memoryFeed, type SignalEvent, signal, trade } from '../../src/index.js'
import { engineOn, expectNothingLeft, trades } from './support.js'

const at = (timestamp: number, id = `e${timestamp}`) => trade({ id, timestamp, symbol: 'AAPL', price: 1, size: 1 })

const buy = { symbol: 'AAPL', side: 'buy', strength: 1 } as const

async function play(
  times: readonly number[],
  onTrade: (
    time: number,
    clock: {
      now(): number
      setTimeout(callback: () => void, delayMs: number): unknown
      setInterval(callback: () => void, everyMs: number): unknown
    },
    log: (text: string) => void,
  ) => void,
): Promise<string[]> {
  const lines: string[] = []
  const engine = createEngine({
    feeds: [
      memoryFeed(
        'tape',
        times.map((time) => at(time)),
      ),
    ],
    strategies: [
      {
        name: 's',
        subscribe: { types: ['trade'] },
        onEvent: (event, { clock }) => {
          lines.push(`event ${event.timestamp} at ${clock.now()}`)
          onTrade(event.timestamp, clock, (text) => lines.push(`${text} at ${clock.now()}`))
        },
      },
    ],
  })
  await engine.start()
  await engine.finished()
  await engine.stop()
  return lines
}

describe('a timer of a strategy over recorded data', () => {
  it('fires at its own deadline, in order with the events', async () => {
    const lines = await play([1_000, 3_000, 8_000, 20_000], (time, clock, log) => {
      if (time === 1_000) {
        clock.setTimeout(() => log('five'), 5_000)
        clock.setTimeout(() => log('one'), 1_000)
      }
    })
    expect(lines).toEqual([
      'event 1000 at 1000',
      'one at 2000',
      'event 3000 at 3000',
      'five at 6000',
      'event 8000 at 8000',
      'event 20000 at 20000',
    ])
  })

  it('fires before an event of the same time, and after every earlier one', async () => {
    const lines = await play([1_000, 2_999, 3_000], (time, clock, log) => {
      if (time === 1_000) clock.setTimeout(() => log('timer'), 2_000)
    })
    expect(lines).toEqual(['event 1000 at 1000', 'event 2999 at 2999', 'timer at 3000', 'event 3000 at 3000'])
  })

  it('fires in order with events that are close together, from the second time that it is set on', async () => {
    const lines = await play([0, 50, 200, 2_000, 2_050, 2_200, 4_000], (time, clock, log) => {
      if (time === 0 || time === 2_000) clock.setTimeout(() => log('timer'), 100)
    })
    expect(lines.slice(lines.indexOf('event 2000 at 2000'))).toEqual([
      'event 2000 at 2000',
      'event 2050 at 2050',
      'timer at 2100',
      'event 2200 at 2200',
      'event 4000 at 4000',
    ])
  })

  it('of an interval fires at each of its deadlines', async () => {
    const lines = await play([1_000, 4_500], (time, clock, log) => {
      if (time === 1_000) clock.setInterval(() => log('tick'), 1_000)
    })
    expect(lines).toEqual(['event 1000 at 1000', 'tick at 2000', 'tick at 3000', 'tick at 4000', 'event 4500 at 4500'])
  })
})

describe('a timer of a strategy', () => {
  it('answers signals, each of its own even when two timers have one deadline', async () => {
    const signals: SignalEvent[] = []
    const test = engineOn({
      strategies: [
        {
          name: 's',
          subscribe: { types: ['trade'] },
          onEvent: (_event, { clock }) => {
            clock.setTimeout(() => signal({ ...buy, reason: 'one' }), 10)
            clock.setTimeout(() => [signal({ ...buy, reason: 'two' }), signal({ ...buy, reason: 'three' })], 10)
          },
        },
      ],
    })
    test.engine.on('signal', (event) => signals.push(event))
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run(10)
    expect(signals.map(({ payload }) => payload.reason)).toEqual(['one', 'two', 'three'])
    expect(new Set(signals.map(({ id }) => id)).size).toBe(3)
    await test.during(test.engine.stop())
  })

  it('is cleared when it is told, when its strategy goes and when the engine stops', async () => {
    const fired: string[] = []
    const test = engineOn()
    await test.start()
    const pending = test.environment.pending()
    test.engine.subscribe(['trade'], () => {})
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    expect(test.environment.pending()).toBe(pending)
    await test.during(test.engine.stop())
    expect(fired).toEqual([])
    await expectNothingLeft(test)
  })

  it('whose callback throws or answers a promise is told as a fault, and an interval goes on', async () => {
    let ticks = 0
    const test = engineOn({
      strategies: [
        {
          name: 's',
          onStart: ({ clock }) => {
            clock.setInterval(() => {
              ticks += 1
              throw new Error('boom')
            }, 10)
            clock.setTimeout(() => Promise.resolve() as never, 5)
          },
          onEvent: () => {},
        },
      ],
    })
    await test.start()
    await test.run(35)
    expect(ticks).toBe(3)
    expect(test.faultMessages().sort()).toEqual([
      'A timer callback returned a promise. It must be synchronous.',
      'boom',
      'boom',
      'boom',
    ])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it("may be many, up to a bound that is the strategy's own failure", async () => {
    const test = engineOn({
      strategies: [
        {
          name: 'greedy',
          breaker: { disabled: true },
          onEvent: (_event, { clock }) => {
            for (let index = 0; index < 10_001; index += 1) clock.setTimeout(() => {}, 60_000)
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.during(test.engine.drain())
    expect(test.engine.deadLetters.list().map(({ error }) => error)).toEqual([expect.stringContaining('10000 timers')])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })
})

describe('an interval of a length that is no number', () => {
  it.each([Number.NaN, undefined, '3'])(
    'cases: is clamped, and each of its rounds answers with a signal of its own: %s',
    async (length) => {
      const ids: string[] = []
      const engine = createEngine({
        feeds: [memoryFeed('tape', [at(1_000), at(1_009)])],
        strategies: [
          {
            name: 's',
            subscribe: { types: ['trade'] },
            onEvent: ({ timestamp }, { clock }) => {
              if (timestamp === 1_000) clock.setInterval(() => signal(buy), length as number)
            },
          },
        ],
        sinks: [{ name: 'all', write: (signals) => void ids.push(...signals.map(({ id }) => id)) }],
      })
      await engine.start()
      await engine.finished()
      const { derived } = engine.ledger()
      await engine.stop()
      expect(derived.duplicate).toBe(0)
      expect(ids).toHaveLength(length === '3' ? 3 : 9)
      expect(ids[0]).toBe(`s/0@timer:1:${length === '3' ? 1_003 : 1_001}`)
    },
  )
})

describe('a timer of a strategy in a live engine', () => {
  it('waits for its own delay and no longer, also when the wall clock steps back', async () => {
    const fired: number[] = []
    const shown: number[] = []
    const test = engineOn({
      strategies: [
        {
          name: 's',
          subscribe: { types: ['trade'] },
          onEvent: (_event, { clock }) => {
            shown.push(clock.now())
            clock.setTimeout(() => void fired.push(test.environment.monotonic()), 50)
          },
        },
      ],
    })
    await test.start()
    test.engine.pause()
    await test.run(10)
    // It is received before the clock is set, and handled after.
    test.engine.offer(at(1))
    test.environment.jump(-3_600_000)
    test.engine.resume()
    await test.run(1)
    const handledBy = test.environment.monotonic()
    expect(shown).toHaveLength(1)
    expect(shown[0]).toBeLessThanOrEqual(test.environment.now())
    await test.run(60)
    expect(fired).toHaveLength(1)
    expect(fired[0]).toBeLessThanOrEqual(handledBy + 50)
    await test.during(test.engine.stop(), 1_000)
    await expectNothingLeft(test)
  })
})
