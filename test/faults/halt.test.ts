import { describe, expect, it } from 'vitest'
import {
  type EngineEvents,
  type Receipt,
  type SignalEvent,
  type StrategyDefinition,
  signal,
  trade,
} from '../../src/index.js'
import {
  deferred,
  engineOn,
  expectNothingLeft,
  expectQuiet,
  never,
  numberOf,
  trades,
  witness,
} from '../engine/support.js'
import { buy, collector, offerAll } from './halt-support.js'

describe('a halt of the whole engine', () => {
  it('stops deliveries at once, goes on accepting to the bound, and loses nothing once it is reset', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ queue: { capacity: 20 }, strategies: [strategy] })
    const { engine } = test
    await test.start()
    engine.halt({ reason: 'runaway strategy' })
    expect(engine.state).toBe('running.halted')
    const statuses = offerAll(test, 25).map(({ status }) => status)
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(20)
    expect(statuses.filter((status) => status === 'refused')).toHaveLength(5)
    await test.run(10_000)
    expect(seen).toEqual([])
    expect(engine.ledger().events).toMatchObject({ accepted: 20, queued: 20, settled: 0 })
    expect(engine.reset()).toBe(true)
    await test.during(engine.drain())
    expect(engine.state).toBe('running.flowing')
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index))
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it.each(['onEvent', 'onEvents'] as const)(
    'from within a handler (%s) is heeded before the next call of any strategy',
    async (form) => {
      const calls: string[] = []
      const halting = (numbers: readonly number[]): void => {
        calls.push(`first ${numbers.join()}`)
        if (numbers.includes(3) && test.engine.halts().length === 0) test.engine.halt('stop here')
      }
      const first: StrategyDefinition = {
        name: 'first',
        ...(form === 'onEvent'
          ? { onEvent: (event) => halting([numberOf(event)]) }
          : { onEvents: (events) => halting(events.map(numberOf)) }),
      }
      const peer = (name: string): StrategyDefinition => ({
        name,
        onEvents: (events) => void calls.push(`${name} ${events.map(numberOf).join()}`),
      })
      // The second shares its group with the first; the third is in the next group.
      const test = engineOn({ groupSize: 2, strategies: [first, peer('second'), peer('third')] })
      await test.start()
      offerAll(test, 6)
      await test.run(1_000)
      const before = form === 'onEvent' ? ['first 0', 'first 1', 'first 2', 'first 3'] : ['first 0,1,2,3,4,5']
      expect(calls).toEqual(before)
      expect(test.engine.ledger()).toMatchObject({
        events: { inFlight: 6 },
        deliveries: { inFlight: form === 'onEvent' ? 12 : 6 },
      })
      test.engine.reset()
      await test.during(test.engine.drain())
      const rest = form === 'onEvent' ? ['first 4', 'first 5'] : []
      expect(calls).toEqual([...before, ...rest, 'second 0,1,2,3,4,5', 'third 0,1,2,3,4,5'])
      expect(test.engine.ledger().deliveries).toMatchObject({ due: 18, succeeded: 18 })
      expectQuiet(test)
      await test.during(test.engine.stop())
      await expectNothingLeft(test)
    },
  )

  it('withholds the signals of handlers in flight, counted, and begins nothing of what waits behind them', async () => {
    const answer = deferred()
    const calls: number[][] = []
    const { got, sink } = collector()
    const told: SignalEvent[] = []
    const test = engineOn({
      chunk: { maxEvents: 2 },
      lateAfterMs: 10,
      sinks: [sink],
      strategies: [
        {
          name: 'slow',
          subscribe: { types: ['trade'] },
          onEvents: async (events) => {
            calls.push(events.map(numberOf))
            if (calls.length === 1) await answer.promise
            return events.map((event) => buy(event))
          },
        },
      ],
    })
    const { engine } = test
    engine.on('signal', (event) => told.push(event))
    await test.start()
    offerAll(test, 6)
    // It is late, so that the next chunks stand in its own backlog.
    await test.run(50)
    expect(calls).toEqual([[0, 1]])
    engine.halt({ reason: 'withhold' })
    answer.resolve()
    await test.run(1_000)
    expect(calls).toEqual([[0, 1]])
    expect([got, told]).toEqual([[], []])
    expect(engine.stats.get().signalsWithheld).toBe(2)
    expect(engine.ledger().derived).toMatchObject({ published: 2, refused: 2, accepted: 0 })
    engine.reset()
    await test.during(engine.drain(), 1_000)
    expect(calls).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ])
    // Those withheld stay withheld; those of after the halt go out.
    expect(got).toHaveLength(4)
    expect(told).toHaveLength(4)
    expect(test.faults).toEqual([])
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('holds back a handler that waits for its slot', async () => {
    const first = deferred()
    const calls: string[] = []
    const asynchronous = (name: string): StrategyDefinition => ({
      name,
      onEvents: async () => {
        calls.push(name)
        if (name === 'a') await first.promise
      },
    })
    const test = engineOn({ concurrency: 1, strategies: [asynchronous('a'), asynchronous('b')] })
    await test.start()
    offerAll(test, 1)
    await test.run()
    expect(calls).toEqual(['a'])
    test.engine.halt({ reason: 'now' })
    first.resolve()
    await test.run(100)
    expect(calls).toEqual(['a'])
    test.engine.reset()
    await test.during(test.engine.drain())
    expect(calls).toEqual(['a', 'b'])
    expectQuiet(test)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it("withholds the signals of strategies' timers, and those that a strategy publishes itself", async () => {
    const receipts: Receipt[] = []
    const { got, sink } = collector()
    const test = engineOn({
      sinks: [sink],
      strategies: [
        {
          name: 'timers',
          subscribe: { symbols: ['NONE'] },
          onStart: ({ clock, publish }) => {
            clock.setTimeout(() => {
              receipts.push(publish(signal({ symbol: 'AAPL', side: 'buy', strength: 1 })))
              receipts.push(publish(trade({ symbol: 'AAPL', price: 1, size: 1 })))
              return signal({ symbol: 'AAPL', side: 'buy', strength: 1 })
            }, 50)
          },
          onEvent: () => {},
        },
      ],
    })
    await test.start()
    test.engine.halt({ reason: 'now' })
    await test.run(100)
    expect(receipts).toMatchObject([{ status: 'refused', reason: 'halted' }, { status: 'accepted' }])
    expect(test.engine.stats.get().signalsWithheld).toBe(2)
    test.engine.reset()
    await test.during(test.engine.drain())
    expect(got).toEqual([])
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it("takes the host's own signals as events, but sends them to no sink and no listener", async () => {
    const { got, sink } = collector()
    const told: SignalEvent[] = []
    const test = engineOn({ sinks: [sink] })
    test.engine.on('signal', (event) => told.push(event))
    await test.start()
    test.engine.halt({ reason: 'now' })
    expect(test.engine.offer(signal({ symbol: 'AAPL', side: 'buy', strength: 1 })).status).toBe('accepted')
    test.engine.reset()
    await test.during(test.engine.drain())
    expect([got, told]).toEqual([[], []])
    expect(test.engine.stats.get().signalsWithheld).toBe(1)
    await test.during(test.engine.stop())
  })

  it('survives pause and resume: only a reset ends it, to where the engine was', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ strategies: [strategy] })
    const { engine } = test
    await test.start()
    engine.halt({ reason: 'now' })
    engine.pause()
    engine.resume()
    engine.resume()
    expect(engine.state).toBe('running.halted')
    offerAll(test, 3)
    await test.run(1_000)
    expect(seen).toEqual([])
    engine.pause()
    engine.reset()
    expect(engine.state).toBe('running.paused')
    await test.run(1_000)
    expect(seen).toEqual([])
    engine.halt({ reason: 'again' })
    expect(engine.state).toBe('running.halted')
    engine.reset()
    expect(engine.state).toBe('running.paused')
    engine.resume()
    await test.during(engine.drain())
    expect(seen).toEqual([0, 1, 2])
    await test.during(engine.stop())
  })

  it('cases: once it is reset stays reset, whatever is done afterwards', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ strategies: [strategy], queue: { highWater: 5 } })
    const { engine } = test
    await test.start()
    engine.halt({ reason: 'now' })
    expect(engine.reset()).toBe(true)
    expect(engine.reset()).toBe(false)
    engine.pause()
    engine.resume()
    offerAll(test, 10)
    expect(engine.state).toBe('running.throttled')
    await test.run(1_000)
    expect(engine.state).toBe('running.flowing')
    expect(engine.halts()).toEqual([])
    expect(seen).toHaveLength(10)
    await test.during(engine.stop())
  })

  it('from before the start is in force from the first moment on, and a reset before the start ends it', async () => {
    for (const resetFirst of [false, true]) {
      const { seen, strategy } = witness()
      const test = engineOn({ strategies: [strategy] })
      const { engine } = test
      engine.halt({ reason: 'not today' })
      if (resetFirst) engine.reset()
      await test.start()
      expect(engine.state).toBe(resetFirst ? 'running.flowing' : 'running.halted')
      offerAll(test, 3)
      await test.run(1_000)
      expect(seen).toHaveLength(resetFirst ? 3 : 0)
      engine.reset()
      await test.during(engine.drain())
      expect(seen).toHaveLength(3)
      await test.during(engine.stop())
      await expectNothingLeft(test)
    }
  })

  it('may be engaged and reset while the engine starts', async () => {
    for (const resetAgain of [false, true]) {
      const hook = deferred()
      const test = engineOn({ strategies: [{ name: 'slow-start', onStart: () => hook.promise, onEvent: () => {} }] })
      const { engine } = test
      const starting = engine.start()
      await test.run()
      expect(engine.state).toBe('starting')
      engine.halt({ reason: 'meanwhile' })
      if (resetAgain) engine.reset()
      hook.resolve()
      await test.during(starting)
      expect(engine.state).toBe(resetAgain ? 'running.flowing' : 'running.halted')
      await test.during(engine.stop())
      await expectNothingLeft(test)
    }
  })

  it('in a throttled engine is shown, and the throttling is shown again once it is over', async () => {
    const test = engineOn({ queue: { highWater: 5 } })
    await test.start()
    offerAll(test, 6)
    expect(test.engine.state).toBe('running.throttled')
    test.engine.halt({ reason: 'now' })
    expect(test.engine.state).toBe('running.halted')
    test.engine.reset()
    expect(test.engine.state).toBe('running.throttled')
    await test.during(test.engine.drain())
    expect(test.engine.state).toBe('running.flowing')
    await test.during(test.engine.stop())
  })

  it('is not undone by a stop: what cannot be handled is abandoned and counted', async () => {
    const { seen, strategy } = witness()
    const hooks: string[] = []
    const test = engineOn({
      strategies: [strategy, { name: 'hooked', onEvent: () => {}, onStop: () => void hooks.push('stopped') }],
    })
    await test.start()
    test.engine.halt({ reason: 'now' })
    offerAll(test, 5)
    const report = await test.during(test.engine.stop(), 1_000)
    expect(report).toMatchObject({ clean: false, state: 'stopped', abandoned: [] })
    expect(report.ledger.events).toMatchObject({ accepted: 5, abandoned: 5 })
    expect(seen).toEqual([])
    expect(hooks).toEqual(['stopped'])
    await expectNothingLeft(test)
  })

  it('gives up what was held in mid-flight when the engine is stopped', async () => {
    const test = engineOn({
      groupSize: 1,
      strategies: [
        { name: 'halts', onEvent: (event) => void (numberOf(event) === 1 && test.engine.halt('now')) },
        { name: 'next', onEvent: () => {} },
      ],
    })
    await test.start()
    offerAll(test, 4)
    await test.run(100)
    const report = await test.during(test.engine.stop(), 1_000)
    expect(report.ledger).toMatchObject({
      events: { abandoned: 4 },
      deliveries: { due: 4, succeeded: 2, abandoned: 2 },
    })
    await expectNothingLeft(test)
  })

  it('while the engine drains ends the drain: nothing more is delivered', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({
      chunk: { maxEvents: 1 },
      strategies: [strategy, { name: 'slow', onEvents: never }],
    })
    await test.start()
    offerAll(test, 5)
    await test.run()
    const stopping = test.engine.stop({ timeoutMs: 60_000 })
    expect(test.engine.state).toBe('draining')
    test.engine.halt({ reason: 'now' })
    const report = await test.during(stopping, 10)
    expect(seen).toHaveLength(1)
    expect(report.ledger.events).toMatchObject({ accepted: 5, abandoned: 5 })
    await expectNothingLeft(test)
  })

  it('releases publishers that wait when the engine is stopped, and lets them time out before', async () => {
    const test = engineOn({ queue: { highWater: 2, publishTimeoutMs: 100 } })
    const { engine } = test
    await test.start()
    engine.halt({ reason: 'now' })
    offerAll(test, 2)
    const timingOut = engine.publish(trades(1)[0] as never)
    await test.run(100)
    expect(await timingOut).toMatchObject({ status: 'refused', reason: 'timeout' })
    const waiting = engine.publish(trades(1)[0] as never)
    const report = await test.during(engine.stop(), 1_000)
    expect(await waiting).toMatchObject({ status: 'refused', reason: 'stopping' })
    expect(report.publishersReleased).toBe(1)
    await expectNothingLeft(test)
  })

  it('is told, listed and shown, with its reason and since when', async () => {
    const test = engineOn()
    const { engine, environment } = test
    const facts: EngineEvents['halt'][] = []
    engine.on('halt', (fact) => facts.push(fact))
    await test.start()
    const since = environment.now()
    engine.halt({ reason: 'first' })
    engine.halt({ reason: 'a second changes nothing' })
    engine.halt({ symbol: 'AAPL', reason: 'LULD' })
    const whole = { symbol: undefined, reason: 'first', since }
    const symbol = { symbol: 'AAPL', reason: 'LULD', since }
    expect(engine.halts()).toEqual([whole, symbol])
    expect(engine.stats.get().halts).toEqual([whole, symbol])
    expect(engine.reset()).toBe(true)
    expect(engine.halts()).toEqual([symbol])
    expect(engine.reset({ symbol: 'AAPL' })).toBe(true)
    expect(engine.reset({ symbol: 'AAPL' })).toBe(false)
    expect(facts).toEqual([
      { ...whole, engaged: true },
      { ...symbol, engaged: true },
      { ...whole, engaged: false },
      { ...symbol, engaged: false },
    ])
    await test.during(engine.stop())
    expect(engine.state).toBe('stopped')
    // In every state, and without effect once all is over.
    engine.halt('late')
    expect(engine.reset()).toBe(true)
    expect(engine.state).toBe('stopped')
  })

  it.each([
    [{}, 'halt.reason'],
    [{ reason: '' }, 'halt.reason'],
    [{ reason: 'x', symbol: '' }, 'halt.symbol'],
    [{ reason: 'x', symbols: ['A'] }, 'halt.symbols'],
  ])('refuses %o', (options, path) => {
    const { engine } = engineOn()
    expect(() => engine.halt(options as never)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path }),
    )
    expect(engine.halts()).toEqual([])
  })
})
