import { describe, expect, it } from 'vitest'
import {
  createDataEnvironment,
  createEngine,
  type EngineOptions,
  type Feed,
  type FeedItem,
  FeedProblem,
  memoryFeed,
  type OutcryEvent,
  type StrategyClock,
  type StrategyDefinition,
  signal,
  trade,
} from '../../src/index.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { deferred, never } from './support.js'

const at = (timestamp: number, symbol = 'AAPL', source = 'tape') =>
  trade({ id: `${source}/${symbol}/${timestamp}`, timestamp, source, symbol, price: 1 + (timestamp % 7), size: 1 })

const tape = (count: number, stepMs = 100, symbol = 'AAPL', source = 'tape') =>
  Array.from({ length: count }, (_, index) => at(1_000 + index * stepMs, symbol, source))

const momentum: StrategyDefinition<{ last: number }> = {
  name: 'momentum',
  subscribe: { types: ['trade'] },
  state: () => ({ last: 0 }),
  onEvents: (events, { state }) =>
    events.flatMap((cause) => {
      const { price } = cause.payload as { readonly price: number }
      const rose = price > state.last
      state.last = price
      return rose ? [signal({ symbol: 'AAPL', side: 'buy' as const, strength: 0.5, cause })] : []
    }),
}

const slow: StrategyDefinition = {
  name: 'slow',
  subscribe: { types: ['trade'] },
  onEvents: async (events) => {
    await Promise.resolve()
    return events.slice(0, 1).map((cause) => signal({ symbol: 'AAPL', side: 'sell' as const, strength: 0.1, cause }))
  },
}

async function run(feeds: readonly Feed[], options: EngineOptions = {}) {
  const faults: unknown[] = []
  const engine = createEngine({ strategies: [momentum, slow], ...options, feeds })
  engine.on('fault', ({ error }) => faults.push(error))
  await engine.start()
  await engine.finished()
  const report = await engine.stop()
  expect(imbalances(report.ledger)).toEqual([])
  expect(report.ledger.events).toMatchObject({ queued: 0, inFlight: 0 })
  return { digest: engine.digest(), ledger: report.ledger, report, faults }
}

describe('a run over recordings', () => {
  it('has one digest, however often it is run and however its items come', async () => {
    const items = tape(2_000, 10)
    const digests = [
      (await run([memoryFeed('tape', items)])).digest,
      (await run([memoryFeed('tape', items, { batchItems: 7 })])).digest,
      (await run([memoryFeed('tape', items)], { workers: { min: 1, max: 1 } })).digest,
      (await run([memoryFeed('tape', items)], { workers: { min: 9, max: 9 } })).digest,
    ]
    expect(digests[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(new Set(digests).size).toBe(1)
  })

  it('has another digest for other data: a time, a symbol, a price that a signal hangs on, one event less', async () => {
    const items = tape(50)
    const changed = (index: number, other: ReturnType<typeof at>) =>
      items.map((item, i) => (i === index ? other : item))
    const digests = await Promise.all(
      [
        items,
        changed(20, at(3_001)),
        changed(20, at(3_000, 'MSFT')),
        changed(20, trade({ id: 'x', timestamp: 3_000, source: 'tape', symbol: 'AAPL', price: 1_000, size: 1 })),
        items.slice(0, -1),
      ].map(async (feed) => (await run([memoryFeed('tape', feed)])).digest),
    )
    expect(new Set(digests).size).toBe(digests.length)
  })

  it('marks an event behind a later one as late, and handles it all the same', async () => {
    const late: number[] = []
    const { ledger } = await run(
      [memoryFeed('tape', [at(1_000), at(5_000), at(2_000), at(5_000, 'MSFT'), at(6_000)])],
      {
        strategies: [
          {
            name: 'notes',
            subscribe: { types: ['trade'] },
            onEvent: (event: OutcryEvent) => {
              if (event.late) late.push(event.timestamp)
            },
          },
        ],
      },
    )
    expect(late).toEqual([2_000])
    expect(ledger.events).toMatchObject({ accepted: 5, settled: 5, late: 1 })
  })

  it('shows each handler the time of its event, which never goes back', async () => {
    const shown: [number, number][] = []
    await run([memoryFeed('tape', [at(1_000), at(1_200), at(9_000), at(4_000)])], {
      strategies: [
        { name: 'clock', onEvent: (event: OutcryEvent, { clock }) => void shown.push([event.timestamp, clock.now()]) },
      ],
    })
    expect(shown).toEqual([
      [1_000, 1_000],
      [1_200, 1_200],
      [9_000, 9_000],
      [4_000, 9_000],
    ])
  })

  /** Counts the firings of what it sets when it starts, and when it fired. */
  const ticking = (set: (clock: StrategyClock, tick: () => void) => void) => {
    const fired: number[] = []
    const strategy: StrategyDefinition = {
      name: 'ticking',
      onStart: ({ clock }) => void set(clock, () => void fired.push(clock.now())),
      onEvents() {},
    }
    return { fired, strategies: [strategy] }
  }
  const START = Date.UTC(2024, 5, 10, 13, 30)

  it('counts what a strategy sets as it starts from the first record, and not from 1970', async () => {
    const every = ticking((clock, tick) => void clock.setInterval(tick, 1_000))
    const once = ticking((clock, tick) => void clock.setTimeout(tick, 2_500))
    const items = [START, START + 3_000, START + 5_000].map((time) => at(time))
    await run([memoryFeed('tape', items)], { strategies: every.strategies })
    await run([memoryFeed('tape', items)], { strategies: once.strategies })
    expect(every.fired).toEqual([1, 2, 3, 4, 5].map((second) => START + second * 1_000))
    expect(once.fired).toEqual([START + 2_500])
  })

  it('counts it from the first record also where that has the time 0', async () => {
    const { fired, strategies } = ticking((clock, tick) => void clock.setTimeout(tick, 5))
    await run([memoryFeed('tape', [at(0), at(10), at(20)])], { strategies })
    expect(fired).toEqual([5])
  })

  it('counts it from where the clock of the host’s own environment was set, if it was', async () => {
    const { fired, strategies } = ticking((clock, tick) => void clock.setInterval(tick, 1_000))
    const environment = createDataEnvironment({ start: START - 2_000 })
    await run([memoryFeed('tape', [at(START), at(START + 1_000)])], { strategies, environment })
    expect(fired).toEqual([START - 1_000, START, START + 1_000])
  })

  it('can be stopped while it makes up for the timers of a long gap', async () => {
    const { fired, strategies } = ticking((clock, tick) => void clock.setInterval(tick, 1))
    const engine = createEngine({ strategies, feeds: [memoryFeed('tape', [at(START), at(START + 1e12)])] })
    await engine.start()
    const [report] = await Promise.all([
      new Promise((resolve) => setTimeout(resolve, 1)).then(() => engine.stop()),
      engine.finished(),
    ])
    expect(report).toMatchObject({ state: 'stopped', clean: true })
    expect(fired.length).toBeGreaterThan(0)
  })

  it('merges two feeds by time', async () => {
    const order: string[] = []
    const { ledger } = await run(
      [memoryFeed('b', tape(20, 200, 'MSFT', 'b')), memoryFeed('a', tape(40, 100, 'AAPL', 'a'))],
      {
        strategies: [{ name: 'order', onEvent: (event: OutcryEvent) => void order.push(`${event.timestamp}`) }],
      },
    )
    expect(order).toHaveLength(60)
    expect(order).toEqual([...order].sort((x, y) => Number(x) - Number(y)))
    expect(ledger.events).toMatchObject({ accepted: 60, late: 0 })
  })

  it('loses nothing to a queue that is smaller than a read-ahead', async () => {
    const { ledger } = await run([memoryFeed('tape', tape(500, 1))], { queue: { capacity: 10, signalHeadroom: 1_000 } })
    expect(ledger.events).toMatchObject({ accepted: 500, refused: 0, settled: 500 })
  })

  it('counts what is no event, by feed and record, and goes on', async () => {
    const invalid: unknown[] = []
    const items: FeedItem[] = [at(1_000), new FeedProblem('tape', 2, 'torn'), { type: 'trade', payload: {} }, at(2_000)]
    const engine = createEngine({ feeds: [memoryFeed('tape', items)], strategies: [momentum] })
    engine.on('invalid', (fact) => invalid.push([fact.source, fact.position]))
    await engine.start()
    await engine.finished()
    const { ledger } = await engine.stop()
    expect(ledger.events).toMatchObject({ published: 4, invalid: 2, accepted: 2, settled: 2 })
    expect(invalid).toEqual([
      ['tape', 2],
      ['host', undefined],
    ])
  })

  it('whose feed throws in the middle tells of it, handles what came before and ends', async () => {
    const torn: Feed = {
      name: 'torn',
      recorded: true,
      async *read() {
        yield tape(10)
        throw new Error('torn off')
      },
    }
    const { ledger, faults } = await run([torn])
    expect(faults.map(String)).toEqual(['Error: torn off'])
    expect(ledger.events).toMatchObject({ accepted: 10, settled: 10 })
  })

  it('can be paused and resumed in its middle without a change to its digest', async () => {
    const items = tape(500, 100)
    const whole = (await run([memoryFeed('tape', items)])).digest
    const reached = deferred()
    let handled = 0
    const engine = createEngine({
      feeds: [memoryFeed('tape', items)],
      strategies: [
        {
          ...momentum,
          onEvents: (events, context) => {
            handled += events.length
            if (handled > 100) reached.resolve()
            return momentum.onEvents?.(events, context)
          },
        } as StrategyDefinition<{ last: number }>,
        slow,
      ],
    })
    await engine.start()
    await reached.promise
    engine.pause()
    const before = handled
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(handled).toBeLessThanOrEqual(before + 256)
    engine.resume()
    await engine.finished()
    expect(handled).toBe(500)
    expect(engine.digest()).toBe(whole)
    await engine.stop()
  })

  it('can be stopped while it is paused, and handles what was read ahead', async () => {
    const reached = deferred()
    const engine = createEngine({
      feeds: [memoryFeed('tape', tape(50_000, 10))],
      strategies: [
        {
          name: 'pauser',
          onEvents: () => {
            engine.pause()
            reached.resolve()
          },
        },
      ],
    })
    await engine.start()
    await reached.promise
    const { ledger, clean } = await engine.stop()
    expect(clean).toBe(true)
    expect(ledger.events.accepted).toBeLessThan(50_000)
    expect(ledger.events.settled).toBe(ledger.events.accepted)
  })

  it('of which a feed stands still is drained by a stop, up to what it gave', async () => {
    const stuck: Feed = {
      name: 'stuck',
      recorded: true,
      async *read({ signal: aborted }) {
        yield tape(10, 1)
        reached.resolve()
        await new Promise<void>((resolve) =>
          aborted.addEventListener('abort', () => setImmediate(() => setImmediate(resolve))),
        )
      },
    }
    const reached = deferred()
    const engine = createEngine({ feeds: [stuck], strategies: [momentum] })
    await engine.start()
    await reached.promise
    const { ledger, clean } = await engine.stop()
    expect(clean).toBe(true)
    expect(ledger.events).toMatchObject({ accepted: 10, settled: 10 })
  })

  it('of which a feed is deaf to the stop is handled up to what it gave, and the feed named', async () => {
    const reached = deferred()
    const deaf: Feed = {
      name: 'deaf',
      recorded: true,
      async *read() {
        yield tape(10, 1)
        reached.resolve()
        await never()
      },
    }
    const engine = createEngine({ feeds: [deaf], strategies: [momentum] })
    await engine.start()
    await reached.promise
    const { ledger, abandoned } = await engine.stop({ timeoutMs: 200 })
    expect(abandoned).toEqual(['feeds'])
    expect(ledger.events).toMatchObject({ accepted: 10, settled: 10 })
  })

  it('does not mix with live feeds, whose clock is another, whoever made the environment', () => {
    const live = memoryFeed('live', [], { recorded: false })
    const recorded = memoryFeed('tape', [])
    const invalid = expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'feeds' })
    expect(() => createEngine({ feeds: [live, recorded] })).toThrow(invalid)
    expect(() => createEngine({ feeds: [live, recorded], environment: createDataEnvironment() })).toThrow(invalid)
  })

  it('leaves no timer behind', async () => {
    const environment = createDataEnvironment()
    await run([memoryFeed('tape', tape(100))], {
      environment,
      strategies: [
        {
          name: 'ticks',
          onStart: ({ clock }) => {
            clock.setInterval(() => {}, 700)
          },
          onEvent: () => {},
        },
      ],
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(environment.pending()).toBe(0)
  })
})
