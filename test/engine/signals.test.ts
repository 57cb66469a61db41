import { describe, expect, it, vi } from 'vitest'
import {
  createEngine,
  type Feed,
  type Log,
  MemoryJournal,
  memoryFeed,
  news,
  type SignalEvent,
  type StrategyDefinition,
  signal,
  trade,
} from '../../src/index.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'
import { engineOn, expectQuiet, numberOf, settledOn, trades } from './support.js'

const buy = { symbol: 'AAPL', side: 'buy', strength: 1 } as const

describe('a signal', () => {
  it('has an id of strategy, cause and ordinal, its cause, and the root of its chain', async () => {
    const signals: SignalEvent[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'first',
          subscribe: { types: ['trade'] },
          onEvent: (cause) => [signal({ ...buy, cause }), signal({ ...buy, side: 'sell', cause })],
        },
        {
          name: 'second',
          subscribe: { types: ['signal'] },
          onEvent: (cause) => (cause.source === 'first' ? signal({ ...buy, cause }) : undefined),
        },
      ],
    })
    test.engine.on('signal', (event) => signals.push(event))
    await test.start()
    test.engine.offer(trade({ id: 'e', timestamp: 1_000, symbol: 'AAPL', price: 1, size: 1 }))
    await test.during(test.engine.drain())
    expect(
      signals.map(({ id, source, causationId, correlationId, timestamp }) => [
        id,
        source,
        causationId,
        correlationId,
        timestamp,
      ]),
    ).toEqual([
      ['first/0@e', 'first', 'e', 'e', 1_000],
      ['first/1@e', 'first', 'e', 'e', 1_000],
      ['second/0@first/0@e', 'second', 'first/0@e', 'e', 1_000],
      ['second/0@first/1@e', 'second', 'first/1@e', 'e', 1_000],
    ])
    expect(signals.every(({ derived }) => derived)).toBe(true)
    expect(test.engine.ledger().derived).toMatchObject({ published: 4, accepted: 4, settled: 4 })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('names as its cause the event that it was told, wherever that stands in the chunk', async () => {
    const causes: (string | undefined)[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'picks',
          subscribe: { types: ['trade'] },
          onEvents: (events) =>
            events.filter((event) => numberOf(event) % 3 === 0).map((cause) => signal({ ...buy, cause })),
        },
      ],
    })
    test.engine.on('signal', ({ causationId }) => causes.push(causationId))
    await test.start()
    for (let index = 0; index < 10; index += 1) {
      test.engine.offer(trade({ id: `e${index}`, symbol: 'AAPL', price: index + 1, size: 1 }))
    }
    await test.during(test.engine.drain())
    expect(causes).toEqual(['e0', 'e3', 'e6', 'e9'])
    await test.during(test.engine.stop())
  })

  it('about an older event is one for each occasion, and not taken for a repeat of the first', async () => {
    const signals: SignalEvent[] = []
    let first: { readonly id: string } | undefined
    const test = engineOn({
      strategies: [
        {
          name: 'remembers',
          subscribe: { types: ['trade'] },
          onEvent: (event) => {
            first ??= event
            return signal({ ...buy, reason: `at ${numberOf(event)}`, cause: first as never })
          },
        },
      ],
    })
    test.engine.on('signal', (event) => signals.push(event))
    await test.start()
    for (const draft of trades(4)) {
      test.engine.offer(draft)
      await test.run()
    }
    expect(signals.map(({ payload }) => payload.reason)).toEqual(['at 0', 'at 1', 'at 2', 'at 3'])
    expect(new Set(signals.map(({ causationId }) => causationId))).toEqual(new Set([first?.id]))
    await test.during(test.engine.stop())
  })

  it('published a second time is recognised as a duplicate', async () => {
    const test = engineOn({
      strategies: [{ name: 's', subscribe: { types: ['trade'] }, onEvent: (cause) => signal({ ...buy, cause }) }],
      dedupe: { window: 65_536 },
    })
    const ids: string[] = []
    test.engine.on('signal', ({ id }) => ids.push(id))
    await test.start()
    test.engine.offer(trade({ id: 'e', symbol: 'AAPL', price: 1, size: 1 }))
    await test.during(test.engine.drain())
    const [id] = ids
    if (id === undefined) throw new Error('no signal')
    expect(test.engine.offer(signal({ ...buy, id })).status).toBe('duplicate')
    await test.during(test.engine.stop())
  })

  it('is the only thing that a handler may answer: anything else is its failure', async () => {
    const test = engineOn({
      strategies: [
        {
          name: 'odd',
          onEvent: (() => ({ side: 'buy' })) as unknown as StrategyDefinition['onEvent'],
        } as StrategyDefinition,
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.during(test.engine.drain())
    expect(test.engine.deadLetters.list().map(({ error }) => error)).toEqual([expect.stringContaining('not a signal')])
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('made by another copy of the package is refused with the reason, and so is an event', async () => {
    vi.resetModules()
    const other = await import('../../src/index.js')
    const test = engineOn({
      strategies: [{ name: 's', subscribe: { types: ['trade'] }, onEvent: (cause) => other.signal({ ...buy, cause }) }],
    })
    await test.start()
    expect(test.engine.offer(other.trade({ symbol: 'AAPL', price: 1, size: 1 }))).toMatchObject({
      status: 'invalid',
      path: 'definition',
      reason: expect.stringContaining('another copy of the package outcry'),
    })
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.during(test.engine.drain())
    expect(test.engine.deadLetters.list().map(({ error }) => error)).toEqual([
      expect.stringContaining('another copy of the package outcry'),
    ])
    await test.during(test.engine.stop())
  })

  it('of a late event is withheld from sinks that do not want it', async () => {
    const plain: string[] = []
    const wanting: string[] = []
    const items = [1_000, 5_000, 2_000, 6_000].map((timestamp, index) =>
      trade({ id: `e${index}`, timestamp, symbol: 'AAPL', price: index + 1, size: 1 }),
    )
    const engine = createEngine({
      feeds: [memoryFeed('tape', items)],
      strategies: [{ name: 's', subscribe: { types: ['trade'] }, onEvent: (cause) => signal({ ...buy, cause }) }],
      sinks: [
        { name: 'plain', write: (signals) => void plain.push(...signals.map(({ id }) => id)) },
        {
          name: 'wanting',
          wants: { late: true },
          write: (signals) => void wanting.push(...signals.map(({ id }) => id)),
        },
      ],
    })
    await engine.start()
    await engine.finished()
    const report = await engine.stop()
    expect(plain).toEqual(['s/0@e0', 's/0@e1', 's/0@e3'])
    expect(wanting).toEqual(['s/0@e0', 's/0@e1', 's/0@e2', 's/0@e3'])
    expect(report.ledger.events.late).toBe(1)
    expect(report.clean).toBe(true)
  })

  it('of a late event is withheld also where it is published, at once or from a chunk, or comes by a timer', async () => {
    const causes: Record<string, (string | undefined)[]> = {}
    const items = [1_000, 5_000, 2_000, 6_000, 7_000].map((timestamp, index) =>
      trade({ id: `e${index}`, timestamp, symbol: 'AAPL', price: index + 1, size: 1 }),
    )
    const types = ['trade']
    const engine = createEngine({
      feeds: [memoryFeed('tape', items)],
      recording: { maxSpanMs: 10_000 },
      strategies: [
        {
          name: 'one',
          subscribe: { types },
          onEvent: (cause, { publish }) => void publish(signal({ ...buy, cause })),
        },
        {
          name: 'chunk',
          subscribe: { types },
          onEvents: (events, { publish }) => {
            for (const cause of events.toReversed()) publish(signal({ ...buy, cause }))
          },
        },
        {
          name: 'awaits',
          subscribe: { types },
          onEvent: async (cause, { publish }) => {
            await Promise.resolve()
            publish(signal({ ...buy, cause }))
          },
        },
        {
          name: 'timer',
          subscribe: { types },
          onEvent: (cause, { clock }) => void clock.setTimeout(() => signal({ ...buy, cause }), 1),
        },
      ],
      sinks: [
        {
          name: 'plain',
          write: (signals) => {
            for (const { source, causationId } of signals) {
              causes[source] ??= []
              causes[source].push(causationId)
            }
          },
        },
      ],
    })
    await engine.start()
    await engine.finished()
    const report = await engine.stop()
    for (const name of ['one', 'chunk', 'awaits']) {
      expect([name, causes[name]?.toSorted()]).toEqual([name, ['e0', 'e1', 'e3', 'e4']])
    }
    // The last timer is never due, as the data ends.
    expect(causes.timer).toEqual(['e0', 'e1', 'e3'])
    expect(report.sinks.plain).toMatchObject({ offered: 19, withheld: 4 })
  })

  it('cases: of live news that is months old is withheld from sinks, however the news came and the signal went', async () => {
    const plain: (string | undefined)[] = []
    const wanting: (string | undefined)[] = []
    const environment = new VirtualEnvironment()
    const item = (id: string, daysAgo: number) =>
      news({ id, headline: 'h', symbols: ['AAPL'], timestamp: environment.now() - daysAgo * 86_400_000 })
    const feed: Feed = {
      name: 'wire',
      recorded: false,
      async *read() {
        yield [item('feed-old', 90), item('feed-new', 0)]
      },
    }
    const types = ['news']
    const test = engineOn({
      environment,
      history: true,
      feeds: [feed],
      strategies: [
        { name: 'answers', subscribe: { types }, onEvent: (cause) => signal({ ...buy, cause }) },
        {
          name: 'publishes',
          subscribe: { types },
          onEvent: (cause, { publish }) => void publish(signal({ ...buy, cause })),
        },
      ],
      sinks: [
        { name: 'plain', write: (signals) => void plain.push(...signals.map(({ causationId }) => causationId)) },
        {
          name: 'wanting',
          wants: { late: true },
          write: (signals) =>
            void wanting.push(...signals.filter(({ late }) => late).map(({ causationId }) => causationId)),
        },
        { name: 'replays', wants: { replayed: true }, write: () => {} },
      ],
    })
    await settledOn(environment, test.engine.start(), 10)
    test.engine.offer(item('offer-old', 2))
    test.engine.offer(item('offer-new', 0.5))
    await settledOn(environment, test.engine.publish(item('publish-old', 1.01)), 10)
    await settledOn(environment, test.engine.drain(), 10)
    const twice = (...ids: string[]): string[] => ids.flatMap((id) => [id, id])
    expect(plain.toSorted()).toEqual(twice('feed-new', 'offer-new'))
    expect(wanting.toSorted()).toEqual(twice('feed-old', 'offer-old', 'publish-old'))
    // A replayed event is old by its nature, and what follows from it no less a replay for that.
    await settledOn(environment, test.engine.replay({ types }).done, 10)
    await settledOn(environment, test.engine.drain(), 10)
    expect(plain).toHaveLength(4)
    const { sinks } = await settledOn(environment, test.engine.stop(), 10)
    expect(sinks.replays).toMatchObject({ offered: 20, withheld: 6 })
  })

  it('cases: of news that came in time and is handled days later is withheld: redriven, after a pause, or by the next run', async () => {
    const days = 3 * 86_400_000
    const types = ['news']
    const item = (id: string) => news({ id, headline: 'h', symbols: ['AAPL'] })
    const written: (string | undefined)[] = []
    const sinks = [
      {
        name: 'plain',
        write: (out: readonly SignalEvent[]) => void written.push(...out.map(({ causationId }) => causationId)),
      },
    ]
    let broken = true
    const answers: StrategyDefinition = {
      name: 'answers',
      subscribe: { types },
      breaker: { disabled: true },
      onEvent: (cause) => {
        if (broken) throw new Error('not yet')
        return signal({ ...buy, cause })
      },
    }
    const journal = new MemoryJournal()
    const test = engineOn({ strategies: [answers], sinks, journal })
    const { engine } = test
    await test.during(engine.start(), 10)
    await test.during(engine.publish(item('redriven')), 10)
    await test.during(engine.drain(), 10)
    broken = false
    engine.pause()
    await test.during(engine.publish(item('paused')), 10)
    await test.run(days)
    engine.resume()
    await test.during(engine.drain(), 10)
    expect(await test.during(engine.deadLetters.redrive(), 1_000)).toMatchObject({ redriven: 1 })
    await test.during(engine.publish(item('fresh')), 10)
    await test.during(engine.drain(), 10)
    engine.pause()
    await test.during(engine.publish(item('left behind')), 10)
    const left = journal.fork()
    await test.during(engine.stop({ drain: false }), 10)
    const environment = new VirtualEnvironment({ startMs: test.environment.now() + days })
    const next = engineOn({ environment, strategies: [answers], sinks, journal: left })
    await settledOn(environment, next.engine.start(), 10)
    await settledOn(environment, next.engine.publish(item('fresh too')), 10)
    await settledOn(environment, next.engine.drain(), 10)
    const report = await settledOn(environment, next.engine.stop(), 10)
    expect(written).toEqual(['fresh', 'fresh too'])
    expect(report.sinks.plain).toMatchObject({ withheld: 1 })
  })

  it('of live trades is withheld for their age where the option says so, and of no type where it is Infinity', async () => {
    for (const [staleAfterMs, written] of [
      [{ 'tra*': 1 }, undefined],
      [{ trade: 60_000 }, ['t-new']],
      [{ news: Number.POSITIVE_INFINITY }, ['t-new', 't-old', 'n-old']],
    ] as const) {
      if (written === undefined) {
        expect(() => engineOn({ staleAfterMs })).toThrow(/staleAfterMs\.tra\*/)
        continue
      }
      const got: (string | undefined)[] = []
      const test = engineOn({
        staleAfterMs,
        strategies: [{ name: 's', onEvent: (cause) => signal({ ...buy, cause }) }],
        sinks: [{ name: 'plain', write: (signals) => void got.push(...signals.map(({ causationId }) => causationId)) }],
      })
      await test.start()
      const now = test.environment.now()
      test.engine.offer(trade({ id: 't-new', symbol: 'AAPL', price: 1, size: 1, timestamp: now - 60_000 }))
      test.engine.offer(trade({ id: 't-old', symbol: 'AAPL', price: 1, size: 1, timestamp: now - 60_001 }))
      if (written.length > 1) test.engine.offer(news({ id: 'n-old', headline: 'h', timestamp: 0 }))
      await test.during(test.engine.drain())
      await test.during(test.engine.stop())
      expect(got.toSorted()).toEqual(written.toSorted())
    }
  })

  it('of a timer that recurs is not withheld for ever, as a late event began it', async () => {
    const at: number[] = []
    const items = [5_000, 2_000, 9_000].map((timestamp, index) =>
      trade({ id: `e${index}`, timestamp, symbol: 'AAPL', price: index + 1, size: 1 }),
    )
    const engine = createEngine({
      feeds: [memoryFeed('tape', items)],
      strategies: [
        {
          name: 's',
          subscribe: { types: ['trade'] },
          onEvent: ({ late }, { clock }) => {
            const again = (): ReturnType<typeof signal> => {
              clock.setTimeout(again, 1_000)
              return signal(buy)
            }
            if (late) clock.setTimeout(again, 1_000)
          },
        },
      ],
      sinks: [{ name: 'plain', write: (signals) => void at.push(...signals.map(({ receivedAt }) => receivedAt)) }],
    })
    await engine.start()
    await engine.finished()
    await engine.stop()
    expect(at).toEqual([7_000, 8_000, 9_000])
  })
})

describe("what is the host's and throws", () => {
  const boom = (): never => {
    throw new Error('boom')
  }

  it.each(['signal', 'deadLetter', 'state', 'invalid'] as const)(
    'as a listener of %s is a fault and changes nothing else',
    async (name) => {
      const heard: string[] = []
      const test = engineOn({
        strategies: [
          {
            name: 's',
            subscribe: { types: ['trade'] },
            onEvent: (cause) => {
              if (numberOf(cause) === 1) throw new Error('poison')
              return signal({ ...buy, cause })
            },
          },
        ],
      })
      test.engine.on(name, boom)
      test.engine.on(name, () => void heard.push(name))
      await test.start()
      for (const draft of trades(3)) test.engine.offer(draft)
      test.engine.offer({ type: 'trade', payload: {} })
      await test.during(test.engine.drain())
      expect(heard.length).toBeGreaterThan(0)
      expect(test.faults.length).toBe(heard.length)
      expect(new Set(test.faults.map(({ where }) => where))).toEqual(new Set([`listener of ${name}`]))
      expect(test.engine.ledger().events).toMatchObject({ published: 4, accepted: 3, settled: 3, invalid: 1 })
      expect(test.engine.ledger().derived).toMatchObject({ accepted: 2, settled: 2 })
      expectQuiet(test)
      await test.during(test.engine.stop())
    },
  )

  it('as a listener of faults is not told of its own, and changes nothing', async () => {
    const test = engineOn()
    test.engine.on('fault', boom)
    test.engine.on('state', boom)
    await test.start()
    expect(test.faults.length).toBeGreaterThan(0)
    expect(test.engine.state).toBe('running.flowing')
    await test.during(test.engine.stop())
    expect(test.engine.state).toBe('stopped')
  })

  it('as a listener of the statistics is a fault', async () => {
    const test = engineOn()
    test.engine.stats.subscribe(boom)
    await test.start()
    expect(test.faults.map(({ where }) => where)).toContain('listener of stats')
    await test.during(test.engine.stop())
  })

  it('as a logger is a fault, wherever it is called', async () => {
    const logger: Log = { debug: boom, info: boom, warn: boom, error: boom }
    const seen: number[] = []
    const test = engineOn({
      logger,
      deadLetters: { maxCount: 1 },
      feeds: [
        {
          name: 'broken',
          recorded: false,
          // biome-ignore lint/correctness/useYield: it fails before it has anything.
          async *read() {
            throw new Error('torn')
          },
        },
      ],
      strategies: [
        {
          name: 'logs',
          subscribe: { types: ['trade'] },
          onStart: ({ log, clock }) => {
            log.info({}, 'hello')
            clock.setTimeout(boom, 5)
          },
          onEvent: (event, { log }) => {
            log.info({}, 'got one')
            seen.push(numberOf(event))
            if (numberOf(event) > 2) throw new Error('poison')
          },
        },
      ],
    })
    await test.start()
    for (const draft of trades(6)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    await test.run(10)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5])
    expect(test.engine.ledger().deliveries).toMatchObject({ succeeded: 3, deadLettered: 3 })
    expect(test.engine.ledger().deadLetters).toMatchObject({ entered: 3, held: 1, evicted: 2 })
    const wheres = new Set(test.faults.map(({ where }) => where))
    expect(wheres).toContain('logger')
    expect(wheres).toContain('feed broken')
    expect(wheres).toContain('timer of strategy logs')
    expectQuiet(test)
    await test.during(test.engine.stop())
    expect(test.engine.state).toBe('stopped')
  })
})
