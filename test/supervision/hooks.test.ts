import { describe, expect, it } from 'vitest'
import type { StrategyDefinition } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, never, trades } from '../engine/support.js'

const boom = (): never => {
  throw new Error('boom')
}
const HOW = [
  ['throws', boom],
  ['rejects', () => Promise.reject(new Error('boom'))],
  ['hangs', never],
] as const

/** A strategy that counts, with hooks for its state. */
const counting = (own: Partial<StrategyDefinition> = {}, totals: number[] = []): StrategyDefinition => ({
  name: 'counting',
  state: () => ({ total: 0 }),
  snapshot: (state) => ({ ...(state as object) }),
  restore: (snapshot) => snapshot,
  onEvents: (events, { state }) => {
    const mine = state as { total: number }
    mine.total += events.length
    totals.push(mine.total)
  },
  ...own,
})

describe('a fault in the hook', () => {
  it.each(HOW)('onStart that %s restarts the strategy, which was never ready, without its onStop', async (_, hook) => {
    let tries = 0
    const hooks: string[] = []
    const test = engineOn({ hookTimeoutMs: 500, restart: { backoffMs: 10 } })
    await test.start()
    const added = test.engine.strategies.add({
      name: 's',
      onStart: () => {
        tries += 1
        return tries === 1 ? hook() : undefined
      },
      onStop: () => void hooks.push('stop'),
      onEvent: () => {},
    })
    await test.during(added, 1_000)
    expect(tries).toBe(2)
    expect(hooks).toEqual([])
    expect(test.engine.strategies.list()).toMatchObject([{ state: 'ready', restarts: 1 }])
    await test.during(test.engine.stop())
    expect(hooks).toEqual(['stop'])
    await expectNothingLeft(test)
  })

  it.each(HOW)('onStop that %s before a restart is told of, and the strategy starts anew', async (_, hook) => {
    let stops = 0
    const test = engineOn({
      hookTimeoutMs: 500,
      strategies: [
        {
          name: 's',
          onStop: () => {
            stops += 1
            return stops === 1 ? hook() : undefined
          },
          onEvent: () => {},
        },
      ],
    })
    await test.start()
    await test.during(test.engine.strategies.restart('s'), 1_000)
    expect(stops).toBe(1)
    expect(test.faults.map(({ where }) => where)).toEqual(['onStop of strategy s'])
    expect(test.engine.strategies.list()).toMatchObject([{ state: 'ready' }])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it.each(HOW)(
    'snapshot that %s between chunks is told of; what came meanwhile is handled after it',
    async (_, hook) => {
      const totals: number[] = []
      let taken = 0
      const test = engineOn({
        hookTimeoutMs: 500,
        strategies: [
          counting(
            {
              snapshotEvery: 1,
              snapshot: (state) => {
                taken += 1
                return taken === 1 ? hook() : { ...(state as object) }
              },
            },
            totals,
          ),
        ],
      })
      const { engine } = test
      await test.start()
      for (const draft of trades(2)) engine.offer(draft)
      await test.run()
      for (const draft of trades(2, 'AAPL', 2)) engine.offer(draft)
      await test.during(engine.drain(), 1_000)
      expect(totals).toEqual([2, 4])
      expect(test.faults.map(({ where }) => where)).toEqual(['snapshot of strategy counting'])
      expect(engine.strategies.snapshot('counting')).toEqual({ total: 4 })
      expectQuiet(test)
      await test.during(engine.stop())
      await expectNothingLeft(test)
    },
  )

  it.each(HOW)('snapshot that %s at a stop is told of, and onStop runs all the same', async (_, hook) => {
    const hooks: string[] = []
    const test = engineOn({
      hookTimeoutMs: 500,
      strategies: [counting({ snapshot: hook, onStop: () => void hooks.push('stop') })],
    })
    await test.start()
    const report = await test.during(test.engine.stop(), 1_000)
    expect(report.clean).toBe(true)
    expect(hooks).toEqual(['stop'])
    expect(test.faults.map(({ where }) => where)).toEqual(['snapshot of strategy counting'])
    await expectNothingLeft(test)
  })

  it.each(HOW)('restore that %s is told of, and the next try begins with fresh state', async (_, hook) => {
    const totals: number[] = []
    const test = engineOn({
      hookTimeoutMs: 500,
      restart: { backoffMs: 10 },
      strategies: [counting({ snapshotEvery: 1, restore: hook }, totals)],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(3)) engine.offer(draft)
    await test.run()
    await test.during(engine.strategies.restart('counting'), 1_000)
    expect(engine.strategies.list()).toMatchObject([{ state: 'ready', restarts: 1 }])
    for (const draft of trades(2, 'AAPL', 3)) engine.offer(draft)
    await test.during(engine.drain())
    expect(totals).toEqual([3, 2])
    expect(test.faults.map(({ where }) => where)).toEqual(['restore of strategy counting'])
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it.each(['restart', 'replace', 'remove', 'pause', 'stop'] as const)(
    'onStart, which hangs, holds up no %s',
    async (what) => {
      let tries = 0
      const strategy: StrategyDefinition = {
        name: 's',
        onStart: () => {
          tries += 1
          return tries === 1 ? never() : undefined
        },
        onEvent: () => {},
      }
      const test = engineOn({ hookTimeoutMs: 60_000 })
      const { engine } = test
      await test.start()
      engine.strategies.add(strategy).catch(() => {})
      await test.run(10)
      expect(engine.strategies.list()).toMatchObject([{ state: 'initializing' }])
      if (what === 'restart') await test.during(engine.strategies.restart('s'))
      else if (what === 'replace') await test.during(engine.strategies.replace(strategy))
      else if (what === 'remove') await test.during(engine.strategies.remove('s'))
      else if (what === 'pause') engine.strategies.pause('s')
      await test.run(10)
      expect(engine.strategies.list().map(({ state }) => state)).toEqual(
        what === 'remove' ? [] : what === 'pause' || what === 'stop' ? ['initializing'] : ['ready'],
      )
      await test.during(engine.stop({ timeoutMs: 1_000 }), 1_000)
      await expectNothingLeft(test)
    },
  )
})

describe('the state of a strategy', () => {
  it('is restored from the last snapshot after a crash, so only what came since is lost', async () => {
    const totals: number[] = []
    let poison = false
    const test = engineOn({
      chunk: { maxEvents: 1 },
      restart: { afterFailures: 1, backoffMs: 10 },
      strategies: [
        counting({
          breaker: { disabled: true },
          snapshotEvery: 4,
          onEvents: (events, { state }) => {
            const mine = state as { total: number }
            if (poison) throw new Error('poison')
            mine.total += events.length
            totals.push(mine.total)
          },
        }),
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(6)) engine.offer(draft)
    await test.run()
    poison = true
    engine.offer(trades(1, 'AAPL', 6)[0] as never)
    await test.run()
    poison = false
    await test.run(10)
    engine.offer(trades(1, 'AAPL', 7)[0] as never)
    await test.during(engine.drain())
    expect(totals).toEqual([1, 2, 3, 4, 5, 6, 5])
    await test.during(engine.stop())
    expect(engine.strategies.snapshot('counting')).toEqual({ total: 5 })
    await expectNothingLeft(test)
  })

  it('is kept although its asynchronous handler never rests', async () => {
    const test = engineOn({
      chunk: { maxEvents: 1 },
      lateAfterMs: 5,
      strategies: [
        counting({
          snapshotEvery: 2,
          onEvents: async (events, { state }) => {
            await Promise.resolve()
            ;(state as { total: number }).total += events.length
          },
        }),
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(9)) engine.offer(draft)
    await test.during(engine.drain())
    expect(engine.strategies.list()).toMatchObject([{ counts: { snapshots: 4, delivered: 9 } }])
    expect(engine.strategies.snapshot('counting')).toEqual({ total: 8 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('is not shared with its snapshot: neither a later change nor a restored one touches it', async () => {
    const live = { total: 1 }
    const test = engineOn({
      strategies: [counting({ state: () => live, snapshot: (state) => state, snapshotEvery: 1 })],
    })
    const { engine } = test
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.run()
    live.total = 99
    await test.during(engine.strategies.restart('counting'))
    engine.offer(trades(1, 'AAPL', 1)[0] as never)
    await test.run()
    expect(engine.strategies.snapshot('counting')).toEqual({ total: 3 })
    await test.during(engine.stop())
  })
})
