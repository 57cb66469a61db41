import { describe, expect, it } from 'vitest'
import { createEngine, type EngineOptions, isOutcryError, signal, trade } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, never, numberOf, trades, witness } from './support.js'

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
  } catch (error) {
    return isOutcryError(error) ? error.code : String(error)
  }
  return 'none'
}

describe('the life of an engine', () => {
  it('starts once, however often it is asked', async () => {
    const test = engineOn({ strategies: [witness().strategy] })
    const first = test.engine.start()
    expect(test.engine.start()).toBe(first)
    await test.during(first)
    expect(test.engine.start()).toBe(first)
    expect(test.engine.state).toBe('running.flowing')
    expect(test.states.filter((state) => state === 'starting')).toHaveLength(1)
    await test.during(test.engine.stop())
    expect(test.engine.state).toBe('stopped')
    await expectNothingLeft(test)
  })

  it('cases: stops once, however often it is asked, with one report', async () => {
    const test = engineOn({ strategies: [witness().strategy] })
    await test.start()
    const first = test.engine.stop()
    expect(test.engine.stop()).toBe(first)
    const report = await test.during(first)
    expect(await test.engine.stop()).toBe(report)
    await expectNothingLeft(test)
  })

  it('shows after its stop what each strategy came to, what was drained included, but none that was removed', async () => {
    const seen = witness()
    const test = engineOn({
      strategies: [seen.strategy, { name: 'removed', onEvent: () => {} }, { name: 'faulty', onEvent: never }],
    })
    await test.start()
    await test.during(test.engine.strategies.remove('removed'))
    for (const event of trades(3)) test.engine.offer(event)
    await test.during(test.engine.stop({ timeoutMs: 100 }), 200)
    const { strategies } = test.engine.stats.get()
    expect(strategies).toEqual({
      [seen.strategy.name]: { state: 'stopped', delivered: 3, failed: 0, signals: 0 },
      faulty: { state: 'stopped', delivered: 0, failed: 0, signals: 0 },
    })
  })

  it('may be stopped before it was started, and then starts no more', async () => {
    const test = engineOn()
    const report = await test.during(test.engine.stop())
    expect(report).toMatchObject({ clean: true, abandoned: [] })
    expect(test.engine.state).toBe('stopped')
    expect(await codeOf(test.engine.start())).toBe('OUTCRY_ENGINE_STATE')
    await expectNothingLeft(test)
  })

  it.each(['idle', 'starting', 'running.flowing'])(
    'may be stopped by a listener that is told of the state %s while it starts',
    async (at) => {
      const test = engineOn({ strategies: [witness().strategy] })
      let stopped: Promise<unknown> | undefined
      test.engine.on('state', ({ state }) => {
        if (state === at) stopped ??= test.engine.stop()
      })
      const outcome = await test.during(
        test.engine.start().then(
          () => 'started',
          (error: unknown) => (error as { code: string }).code,
        ),
        60_000,
      )
      expect(outcome).toBe(at === 'running.flowing' ? 'started' : 'OUTCRY_ENGINE_STOPPED')
      await test.during(stopped as Promise<unknown>, 60_000)
      await expectNothingLeft(test)
    },
  )

  it('cases: may be stopped while it starts: the start says so, and nothing is left', async () => {
    const test = engineOn({
      strategies: [{ name: 'slow', onStart: never, onEvent: () => {} }],
      sinks: [{ name: 'sink', write: () => {} }],
    })
    const starting = codeOf(test.engine.start())
    await test.run()
    expect(test.engine.state).toBe('starting')
    await test.during(test.engine.stop())
    expect(await starting).toBe('OUTCRY_ENGINE_STOPPED')
    await expectNothingLeft(test)
  })

  it.each([true, false])('may be stopped from within a handler (drain %s)', async (drain) => {
    const { seen, strategy } = witness('after')
    let stopped: Promise<unknown> | undefined
    const test = engineOn({
      groupSize: 1,
      strategies: [
        {
          name: 'stopper',
          onEvent: (event) => {
            if (numberOf(event) === 2) stopped = test.engine.stop({ drain })
          },
        },
        strategy,
      ],
      chunk: { maxEvents: 5 },
    })
    await test.start()
    for (const draft of trades(20)) test.engine.offer(draft)
    await test.run()
    if (stopped === undefined) throw new Error('It was not stopped.')
    await test.during(stopped)
    if (drain) expect(seen).toHaveLength(20)
    expect(test.engine.ledger().events).toMatchObject({ accepted: 20, queued: 0, inFlight: 0 })
    await expectNothingLeft(test)
  })

  it('may be stopped without draining from within a handler while others are awaited', async () => {
    const groups: string[] = []
    const strategies = [
      { name: 'hangs', subscribe: { symbols: ['MSFT'] }, onEvents: never },
      {
        name: 'stopper',
        subscribe: { symbols: ['AAPL', 'MSFT'] },
        onEvent: (event: { readonly symbol: string | undefined }) => {
          groups.push(`stopper ${event.symbol}`)
          if (event.symbol === 'AAPL') void test.engine.stop({ drain: false })
        },
      },
      {
        name: 'last',
        onEvent: (event: { readonly symbol: string | undefined }) => void groups.push(`last ${event.symbol}`),
      },
    ]
    const test = engineOn({ groupSize: 1, strategies, lateAfterMs: 60_000, timeoutMs: 60_000 })
    await test.start()
    test.engine.offer(trades(1, 'MSFT')[0] as never)
    await test.run()
    test.engine.offer(trades(1, 'AAPL')[0] as never)
    await test.run()
    await test.during(test.engine.stop())
    // The chunk that was held by the hung one is given up, and not handed on to the next groups.
    expect(groups).toEqual(['stopper AAPL'])
    expect(test.engine.ledger().events).toMatchObject({ accepted: 2, abandoned: 2 })
    await expectNothingLeft(test)
  })

  it('may be stopped from within its hooks, its listeners and its timers', async () => {
    for (const place of ['onStart', 'state', 'timer', 'signal'] as const) {
      const test = engineOn({
        strategies: [
          {
            name: 'stopper',
            subscribe: { types: ['trade'] },
            onStart: ({ clock }) => {
              if (place === 'onStart') void test.engine.stop()
              if (place === 'timer') clock.setTimeout(() => void test.engine.stop(), 10)
            },
            onEvent: (cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause }),
          },
        ],
      })
      test.engine.on('state', ({ state }) => {
        if (place === 'state' && state === 'running.flowing') void test.engine.stop()
      })
      test.engine.on('signal', () => {
        if (place === 'signal') void test.engine.stop()
      })
      const started = codeOf(test.engine.start())
      await test.run()
      test.engine.offer(trades(1)[0] as never)
      await test.run(10)
      await started
      expect([place, test.engine.state]).toEqual([place, 'stopped'])
      await expectNothingLeft(test)
    }
  })

  it('is stopped at the end of its scope by `await using`', async () => {
    const test = engineOn()
    {
      await using engine = test.engine
      await test.start()
      expect(engine.state).toBe('running.flowing')
    }
    expect(test.engine.state).toBe('stopped')
    await expectNothingLeft(test)
  })

  it('with a drain handles to its end what feeds brought, although the feeds end before it', async () => {
    const seen: number[] = []
    const test = engineOn({
      chunk: { maxEvents: 2 },
      feeds: [
        {
          name: 'live',
          recorded: false,
          async *read({ signal: aborted }) {
            yield trades(10)
            await new Promise<void>((resolve) => aborted.addEventListener('abort', () => resolve()))
          },
        },
      ],
      strategies: [
        {
          name: 'slow',
          onEvents: async (events) => {
            await new Promise<void>((resolve) => test.environment.watch(resolve, 10))
            seen.push(...events.map(numberOf))
          },
        },
      ],
    })
    await test.start()
    await test.run(15)
    const report = await test.during(test.engine.stop(), 1_000)
    expect(seen).toHaveLength(10)
    expect(report.clean).toBe(true)
    await expectNothingLeft(test)
  })

  it('without a drain abandons what is queued, counted', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ strategies: [strategy] })
    await test.start()
    test.engine.pause()
    for (const draft of trades(30)) test.engine.offer(draft)
    const report = await test.during(test.engine.stop({ drain: false }))
    expect(seen).toEqual([])
    expect(report.clean).toBe(false)
    expect(report.ledger.events).toMatchObject({ accepted: 30, abandoned: 30, queued: 0 })
    await expectNothingLeft(test)
  })

  it('pauses and resumes: nothing is handled meanwhile, and nothing is lost', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ strategies: [strategy] })
    await test.start()
    test.engine.pause()
    expect(test.engine.state).toBe('running.paused')
    for (const draft of trades(10)) test.engine.offer(draft)
    await test.run(1_000)
    expect(seen).toEqual([])
    test.engine.resume()
    await test.during(test.engine.drain())
    expect(seen).toHaveLength(10)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('resolves drain and finished when it stops, whatever they waited for', async () => {
    const test = engineOn()
    const finished = test.engine.finished()
    await test.start()
    test.engine.pause()
    test.engine.offer(trades(1)[0] as never)
    const drained = test.engine.drain()
    await test.during(test.engine.stop({ drain: false }))
    await test.during(drained)
    await test.during(finished)
    await expectNothingLeft(test)
  })

  it('says throttled while the queue stands above its high-water mark, after a pause too', async () => {
    const test = engineOn({ queue: { highWater: 10 }, strategies: [witness().strategy] })
    await test.start()
    for (const draft of trades(10)) test.engine.offer(draft)
    expect(test.engine.state).toBe('running.throttled')
    await test.run()
    expect(test.engine.state).toBe('running.flowing')
    test.engine.pause()
    for (const draft of trades(10)) test.engine.offer(draft)
    test.engine.resume()
    expect(test.engine.state).toBe('running.throttled')
    await test.run()
    expect(test.engine.state).toBe('running.flowing')
    await test.during(test.engine.stop())
  })
})

describe('createEngine', () => {
  const wrong: readonly (readonly [unknown, string, unknown])[] = [
    [{ queue: { capacity: 0 } }, 'queue.capacity', 0],
    [{ queue: { capacity: 10, highWater: 11 } }, 'queue.highWater', 11],
    [{ queue: { overflow: { normal: 'drop' } } }, 'queue.overflow.normal', 'drop'],
    [{ workers: { min: 5, max: 2 } }, 'workers.min', 5],
    [{ chunk: { maxEvents: 257 } }, 'chunk.maxEvents', 257],
    [{ timeoutMs: Number.NaN }, 'timeoutMs', Number.NaN],
    [{ lateAfterMs: '1s' }, 'lateAfterMs', '1s'],
    [{ colour: 'red' }, 'colour', 'red'],
    [{ queue: { size: 1 } }, 'queue.size', 1],
    [{ lanes: { trade: 'urgent' } }, 'lanes.trade', 'urgent'],
    [{ breaker: { failureRate: 2 } }, 'failureRate', 2],
    [{ strategies: 'all' }, 'strategies', 'all'],
  ]

  it.each(wrong)('of %o names the path and the value', (options, path, value) => {
    const strategies = [witness().strategy]
    try {
      createEngine({ strategies, ...(options as EngineOptions) })
    } catch (error) {
      if (!isOutcryError(error)) throw error
      expect(error.code).toBe('OUTCRY_OPTION_INVALID')
      expect(error.path).toContain(path)
      expect(error.value).toEqual(value)
      expect(error.message).toContain(path)
      return
    }
    throw new Error('It was taken.')
  })

  it.each([
    ['feeds', { feeds: [{}] }, 'feeds.0'],
    ['sinks', { sinks: [{ name: 'x' }] }, 'sinks.0'],
    ['logger', { logger: {} }, 'logger'],
    ['environment', { environment: {} }, 'environment'],
  ])('of an object that is no %s names its place', (_, options, path) => {
    expect(() => createEngine(options as never)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path }),
    )
  })

  it('refuses two strategies of one name, also when the second comes later', () => {
    const { strategy } = witness('twin')
    expect(() => createEngine({ strategies: [strategy, strategy] })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_STRATEGY_DUPLICATE' }),
    )
  })

  it('names the strategy and the field that cannot be used', () => {
    const bad = { name: 'no handler' }
    expect(() => createEngine({ strategies: [witness().strategy, bad] })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_STRATEGY_INVALID', path: 'strategies.1.name' }),
    )
  })

  it('leaves nothing running, and its frozen options may be used again (row 3487)', async () => {
    const { seen, strategy } = witness()
    const options = Object.freeze({ strategies: Object.freeze([strategy]) })
    const one = engineOn(options)
    const two = engineOn(options)
    expect(one.environment.pending()).toBe(0)
    for (const test of [one, two]) {
      await test.start()
      await test.during(test.engine.publish(trade({ symbol: 'AAPL', price: 1, size: 1 })))
      await test.during(test.engine.stop())
      await expectNothingLeft(test)
    }
    expect(seen).toEqual([0, 0])
  })

  it('writes on nothing that it was given, however deep, and two of the same options share no event (row 3487)', async () => {
    const frozen = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value)
        for (const each of Object.values(value)) frozen(each)
      }
      return value
    }
    const { seen, strategy } = witness()
    const options = frozen<EngineOptions>({
      strategies: [{ ...strategy, breaker: { minimumCalls: 5 }, retry: { attempts: 1 } }],
      sinks: [{ name: 'sink', write: () => {} }],
      queue: { capacity: 100 },
      dedupe: { window: 100 },
      health: { intervalMs: 1_000 },
      rateLimits: { sources: { feed: { ratePerSecond: 1, burst: 1 } } },
    })
    const tests = [engineOn(options), engineOn(options)]
    for (const test of tests) await test.start()
    const draft = trade({ id: 'one', source: 'feed', symbol: 'AAPL', price: 1, size: 1 })
    for (const test of tests) {
      expect((await test.during(test.engine.publish(draft))).status).toBe('accepted')
      await test.during(test.engine.drain())
    }
    expect(seen).toEqual([0, 0])
    for (const test of tests) {
      expect(test.faults).toEqual([])
      await test.during(test.engine.stop())
      await expectNothingLeft(test)
    }
  })

  it('refuses stop options that cannot be', () => {
    const { engine } = engineOn()
    expect(() => engine.stop({ timeoutMs: -1 })).toThrow(expect.objectContaining({ path: 'timeoutMs', value: -1 }))
    expect(() => engine.stop({ drain: 'no' as never })).toThrow(expect.objectContaining({ path: 'drain', value: 'no' }))
  })
})
