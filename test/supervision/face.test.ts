import { describe, expect, it } from 'vitest'
import { isOutcryError, type StrategyDefinition } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, expectQuiet, never, numberOf, trades } from '../engine/support.js'

const codeOf = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    if (isOutcryError(error)) return error.code
    throw error
  }
  return 'nothing was thrown'
}

const named = (name: string, seen: string[], own: Partial<StrategyDefinition> = {}): StrategyDefinition => ({
  name,
  subscribe: { types: ['trade'] },
  onEvents: (events) => {
    for (const event of events) seen.push(`${name} ${numberOf(event)}`)
  },
  ...own,
})

describe('engine.strategies', () => {
  it('adds and removes while the engine runs, with the hooks, and tells of both', async () => {
    const seen: string[] = []
    const changes: string[] = []
    const test = engineOn()
    const { engine } = test
    engine.on('strategy', ({ strategy, change }) => changes.push(`${strategy} ${change}`))
    await test.start()
    const gate = deferred()
    let ready = false
    const added = engine.strategies.add(
      named('late', seen, { onStart: () => gate.promise, onStop: () => void seen.push('stop') }),
    )
    void added.then(() => {
      ready = true
    })
    engine.offer(trades(1)[0] as never)
    await test.run()
    expect(ready).toBe(false)
    expect(seen).toEqual([])
    gate.resolve()
    await test.during(added)
    await test.run()
    // What came while it was being started had waited for it, and held nobody up.
    expect(seen).toEqual(['late 0'])
    await test.during(engine.strategies.remove('late'))
    expect(seen).toEqual(['late 0', 'stop'])
    expect(engine.strategies.list()).toEqual([])
    engine.offer(trades(1, 'AAPL', 1)[0] as never)
    await test.during(engine.drain())
    expect(seen).toEqual(['late 0', 'stop'])
    expect(changes).toEqual(['late ready', 'late stopped'])
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('refuses what is no strategy, a name that is taken and one that is unknown; nothing has changed then', async () => {
    const test = engineOn({ strategies: [named('a', [])] })
    const { strategies } = test.engine
    await test.start()
    expect(codeOf(() => strategies.add({ name: 'b' } as never))).toBe('OUTCRY_STRATEGY_INVALID')
    expect(codeOf(() => strategies.add(named('a', [])))).toBe('OUTCRY_STRATEGY_DUPLICATE')
    expect(codeOf(() => strategies.add(named('c', [], { breaker: { failureRate: 2 } })))).toBe('OUTCRY_OPTION_INVALID')
    expect(codeOf(() => strategies.replace(named('b', [])))).toBe('OUTCRY_STRATEGY_UNKNOWN')
    expect(codeOf(() => strategies.replace({ name: 'a' } as never))).toBe('OUTCRY_STRATEGY_INVALID')
    for (const call of ['pause', 'resume', 'restart', 'remove'] as const)
      expect(codeOf(() => strategies[call]('b'))).toBe('OUTCRY_STRATEGY_UNKNOWN')
    expect(strategies.list().map(({ name, state }) => [name, state])).toEqual([['a', 'ready']])
    await test.during(test.engine.stop())
    expect(codeOf(() => strategies.add(named('d', [])))).toBe('OUTCRY_ENGINE_STATE')
    await expectNothingLeft(test)
  })

  it('may be used before the start: what is paused starts paused, what is replaced never starts', async () => {
    const seen: string[] = []
    const test = engineOn({ strategies: [named('a', seen), named('b', seen), named('c', seen)] })
    const { engine } = test
    engine.strategies.pause('a')
    await engine.strategies.replace(named('b', seen, { onEvents: () => void seen.push('new b') }))
    await engine.strategies.remove('c')
    await engine.strategies.add(named('d', seen))
    expect(engine.strategies.list().map(({ name, state }) => [name, state])).toEqual([
      ['a', 'idle'],
      ['b', 'idle'],
      ['d', 'idle'],
    ])
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.during(engine.drain())
    expect(seen).toEqual(['new b', 'd 0'])
    engine.strategies.resume('a')
    engine.offer(trades(1, 'AAPL', 1)[0] as never)
    await test.during(engine.drain())
    expect(seen.slice(2)).toEqual(['a 1', 'new b', 'd 1'])
    expect(engine.ledger().deliveries).toMatchObject({ due: 6, succeeded: 5, skipped: 1 })
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('pauses: what is awaited goes on, what waits for its turn is skipped, and a restart stays paused', async () => {
    const seen: string[] = []
    const gate = deferred()
    const test = engineOn({
      chunk: { maxEvents: 1 },
      lateAfterMs: 5,
      strategies: [
        named('a', seen, {
          breaker: { disabled: true },
          onEvents: async (events) => {
            const number = numberOf(events[0] as never)
            if (number === 0) await gate.promise
            seen.push(`a ${number}`)
          },
        }),
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(3)) engine.offer(draft)
    await test.run(10)
    expect(engine.strategies.list()).toMatchObject([{ state: 'late', backlog: 2 }])
    engine.strategies.pause('a')
    expect(engine.strategies.list()).toMatchObject([{ state: 'paused', backlog: 0 }])
    expect(engine.ledger().deliveries).toMatchObject({ skipped: 2, inFlight: 1 })
    engine.strategies.resume('a')
    expect(engine.strategies.list()).toMatchObject([{ state: 'late' }])
    engine.strategies.pause('a')
    gate.resolve()
    await test.run()
    expect(seen).toEqual(['a 0'])
    await test.during(engine.strategies.restart('a'))
    expect(engine.strategies.list()).toMatchObject([{ state: 'paused' }])
    engine.strategies.resume('a')
    engine.offer(trades(1, 'AAPL', 3)[0] as never)
    await test.during(engine.drain())
    expect(seen).toEqual(['a 0', 'a 3'])
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it.each(['before', 'after'] as const)(
    'pauses one that hangs, %s it does: it is hung again when resumed',
    async (when) => {
      const gate = deferred()
      const test = engineOn({
        lateAfterMs: 50,
        timeoutMs: 100,
        strategies: [{ name: 'a', breaker: { disabled: true }, onEvents: () => gate.promise }],
      })
      const { engine } = test
      await test.start()
      engine.offer(trades(1)[0] as never)
      await test.run(when === 'before' ? 10 : 100)
      engine.strategies.pause('a')
      if (when === 'before') {
        engine.strategies.resume('a')
        expect(engine.strategies.list()).toMatchObject([{ state: 'processing' }])
        engine.strategies.pause('a')
      }
      await test.run(200)
      expect(engine.strategies.list()).toMatchObject([{ state: 'paused' }])
      engine.strategies.resume('a')
      expect(engine.strategies.list()).toMatchObject([{ state: 'hung' }])
      gate.resolve()
      await test.run()
      expect(engine.strategies.list()).toMatchObject([{ state: 'ready' }])
      expectQuiet(test)
      await test.during(engine.stop())
      await expectNothingLeft(test)
    },
  )

  it('replaces: the successor takes over the state and what waited, the old call meets nothing of it', async () => {
    const seen: string[] = []
    const gate = deferred()
    const aborted: boolean[] = []
    const test = engineOn({
      chunk: { maxEvents: 1 },
      lateAfterMs: 5,
      strategies: [
        named('a', seen, {
          breaker: { disabled: true },
          state: () => ({ total: 0 }),
          snapshot: (state) => state,
          onEvents: async (_events, { state, abort, publish }) => {
            await gate.promise
            ;(state as { total: number }).total += 1_000
            aborted.push(abort.aborted)
            expect(publish({ type: 'trade', symbol: 'AAPL', payload: { price: 1, size: 1 } })).toMatchObject({
              status: 'refused',
            })
          },
          onStop: () => void seen.push('old stops'),
        }),
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(3)) engine.offer(draft)
    await test.run(10)
    const breaker = engine.breaker('a')
    const replaced = engine.strategies.replace(
      named('a', seen, {
        state: () => ({ total: 5 }),
        onEvents: (events, { state }) => {
          const own = state as { total: number }
          own.total += events.length
          seen.push(`new ${numberOf(events[0] as never)} total ${own.total}`)
        },
      }),
    )
    await test.during(replaced)
    expect(breaker.state).toBe('closed')
    await test.run()
    gate.resolve()
    await test.run()
    engine.offer(trades(1, 'AAPL', 3)[0] as never)
    await test.during(engine.drain())
    expect(seen).toEqual(['old stops', 'new 1 total 6', 'new 2 total 7', 'new 3 total 8'])
    expect(aborted).toEqual([true])
    expect(engine.strategies.list()).toMatchObject([{ state: 'ready', restarts: 0, counts: { lateAnswers: 1 } }])
    expect(engine.ledger().deliveries).toMatchObject({ due: 4, succeeded: 3, abandoned: 1 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('replaces one by another that subscribes to something else and restores what the old one kept', async () => {
    const seen: string[] = []
    const state = { state: () => ({ total: 0 }), snapshot: (own: unknown) => own, restore: (saved: unknown) => saved }
    const test = engineOn({
      strategies: [
        named('a', seen, {
          ...state,
          onEvents: (events, context) => {
            ;(context.state as { total: number }).total += events.length
          },
        }),
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(3)) engine.offer(draft)
    await test.during(engine.drain())
    await test.during(
      engine.strategies.replace(
        named('a', seen, {
          ...state,
          subscribe: { types: ['trade'], symbols: ['MSFT'] },
          onEvents: (events, context) => {
            const own = context.state as { total: number }
            own.total += events.length
            seen.push(`total ${own.total}`)
          },
        }),
      ),
    )
    engine.offer(trades(1, 'AAPL', 3)[0] as never)
    engine.offer(trades(1, 'MSFT', 3)[0] as never)
    await test.during(engine.drain())
    expect(seen).toEqual(['total 4'])
    expect(engine.ledger().deliveries.due).toBe(4)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('may be used from within a handler, by a strategy on itself too', async () => {
    const seen: string[] = []
    const test = engineOn({ chunk: { maxEvents: 2 } })
    const { engine } = test
    const acts: readonly (() => unknown)[] = [
      () => engine.strategies.pause('self'),
      () => engine.strategies.resume('self'),
      () => engine.strategies.restart('self'),
      () => engine.strategies.replace(self()),
      () => engine.strategies.add(named('other', [])),
      () => engine.strategies.remove('other'),
      () => engine.strategies.remove('self'),
    ]
    function self(): StrategyDefinition {
      return {
        name: 'self',
        subscribe: { types: ['trade'] },
        onEvent: (event) => {
          seen.push(String(numberOf(event)))
          void acts[numberOf(event)]?.()
        },
      }
    }
    await engine.strategies.add(self())
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.run()
    expect(engine.strategies.list()).toMatchObject([{ state: 'paused' }])
    acts[1]?.()
    for (const draft of trades(2, 'AAPL', 1)) engine.offer(draft)
    await test.run()
    expect(engine.strategies.list()).toMatchObject([{ state: 'ready' }])
    for (const draft of trades(1, 'AAPL', 3)) engine.offer(draft)
    await test.run()
    expect(engine.strategies.list()).toMatchObject([{ state: 'ready' }])
    for (const draft of trades(3, 'AAPL', 4)) engine.offer(draft)
    await test.run()
    expect(engine.strategies.list().map(({ name }) => name)).toEqual([])
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5', '6'])
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('added and removed within one step of a handler has come and gone when the step is over', async () => {
    const told: string[] = []
    const test = engineOn()
    const { engine } = test
    engine.on('strategy', ({ strategy, change }) => told.push(`${strategy} ${change}`))
    let done: Promise<unknown> = Promise.resolve()
    await engine.strategies.add({
      name: 'maker',
      subscribe: { types: ['trade'] },
      onEvent: () => {
        const added = engine.strategies.add(named('brief', []))
        done = Promise.all([added, engine.strategies.remove('brief')])
      },
    })
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.run()
    await test.during(done)
    expect(engine.strategies.list().map(({ name }) => name)).toEqual(['maker'])
    expect(told).toEqual(['maker ready', 'brief ready', 'brief stopped'])
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('restarted by its own asynchronous handler before its first await gives that call up', async () => {
    const seen: number[] = []
    const test = engineOn({
      chunk: { maxEvents: 1 },
      timeoutMs: 100,
      lateAfterMs: 50,
      strategies: [
        {
          name: 'a',
          onEvent: async (event) => {
            seen.push(numberOf(event))
            if (numberOf(event) === 1) {
              void test.engine.strategies.restart('a')
              await never()
            }
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(4)) engine.offer(draft)
    await test.during(engine.drain(), 1_000)
    expect(seen).toEqual([0, 1, 2, 3])
    expect(engine.ledger().deliveries).toMatchObject({ due: 4, succeeded: 3, abandoned: 1 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('10,000 times added and removed leaves nothing (row 3451)', { timeout: 120_000 }, async () => {
    const test = engineOn({ strategies: [named('stays', [])] })
    const { engine } = test
    await test.start()
    const actors = engine.actors()
    const pending = test.environment.pending()
    const hooks = { started: 0, stopped: 0 }
    for (let cycle = 0; cycle < 10_000; cycle += 1) {
      const ready = engine.strategies.add({
        name: `cycle-${cycle}`,
        subscribe: { types: [`topic.t${cycle}`], symbols: [`S${cycle}`] },
        state: () => ({ cycle }),
        snapshot: (state) => state,
        onStart: () => {
          hooks.started += 1
        },
        onStop: () => {
          hooks.stopped += 1
        },
        onEvent: () => {},
      })
      const gone = engine.strategies.remove(`cycle-${cycle}`)
      if (cycle % 500 === 0) await test.during(Promise.all([ready, gone]))
    }
    await test.run()
    expect(hooks).toEqual({ started: 10_000, stopped: 10_000 })
    expect(engine.actors()).toEqual(actors)
    expect(test.environment.pending()).toBe(pending)
    expect(engine.strategies.list().map(({ name }) => name)).toEqual(['stays'])
    expect([...engine.breakers.byName.keys()]).toEqual(['stays'])
    expect(engine.breakers.states).toEqual({ closed: 1, open: 0, halfOpen: 0, isolated: 0, disabled: 0 })
    expect(engine.strategies.snapshot('cycle-9999')).toBeUndefined()
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })
})
