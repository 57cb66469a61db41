import { describe, expect, it } from 'vitest'
import type { Feed, FeedItem, Sink, StrategyDefinition } from '../../src/index.js'
import { engineOn, expectNothingLeft, never, trades } from './support.js'

type Hook = () => Promise<void>
const HOW: readonly (readonly [string, Hook])[] = [
  [
    'throws',
    () => {
      throw new Error('will not')
    },
  ],
  ['rejects', () => Promise.reject(new Error('will not'))],
  ['hangs', never],
]

/** What every part did last, so that a test sees that a fault in one skips no other. */
function parts(overrides: { onStop?: Hook; close?: Hook; read?: Feed['read'] } = {}) {
  const done: string[] = []
  const strategy: StrategyDefinition = {
    name: 'strategy',
    onStart: ({ clock }) => {
      clock.setInterval(() => {}, 1_000)
    },
    onStop: () => {
      done.push('strategy')
      return overrides.onStop?.()
    },
    onEvent: () => {},
  }
  const peer: StrategyDefinition = { name: 'peer', onStop: () => void done.push('peer'), onEvent: () => {} }
  const sink: Sink = {
    name: 'sink',
    write: () => {},
    close: () => {
      done.push('sink')
      return overrides.close?.() ?? Promise.resolve()
    },
  }
  async function* quiet({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<readonly FeedItem[]> {
    yield trades(3)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  }
  const feed: Feed = { name: 'feed', recorded: false, read: overrides.read ?? quiet }
  return { done, options: { strategies: [strategy, peer], sinks: [sink], feeds: [feed] } }
}

const sorted = (names: readonly string[]): string[] => [...names].sort()

describe('a stop', () => {
  it('without any fault is clean', async () => {
    const { done, options } = parts()
    const test = engineOn(options)
    await test.start()
    await test.run()
    const report = await test.during(test.engine.stop())
    expect(report).toMatchObject({ clean: true, abandoned: [] })
    expect(sorted(done)).toEqual(['peer', 'sink', 'strategy'])
    expect(done.indexOf('sink')).toBe(0)
    expect(test.faults).toEqual([])
    await expectNothingLeft(test)
  })

  it.each(HOW)('in which onStop %s ends in time, tells of it, and closes everything else', async (_, hook) => {
    const { done, options } = parts({ onStop: hook })
    const test = engineOn({ ...options, hookTimeoutMs: 500 })
    await test.start()
    await test.run()
    await test.during(test.engine.stop({ timeoutMs: 2_000 }), 2_000)
    expect(sorted(done)).toEqual(['peer', 'sink', 'strategy'])
    expect(test.faults.map(({ where }) => where)).toEqual(['onStop of strategy strategy'])
    await expectNothingLeft(test)
  })

  it('in which onStop hangs for longer than the whole stop names what it abandoned', async () => {
    const { done, options } = parts({ onStop: never })
    const test = engineOn({ ...options, hookTimeoutMs: 60_000 })
    await test.start()
    await test.run()
    const report = await test.during(test.engine.stop({ timeoutMs: 2_000 }), 2_000)
    expect(report).toMatchObject({ clean: false, abandoned: ['strategies'] })
    expect(sorted(done)).toEqual(['peer', 'sink', 'strategy'])
    await expectNothingLeft(test)
  })

  it('in which a sink does not close names it, and still stops the strategies', async () => {
    const { done, options } = parts({ close: never })
    const test = engineOn(options)
    await test.start()
    await test.run()
    const report = await test.during(test.engine.stop({ timeoutMs: 2_000 }), 2_000)
    expect(report).toMatchObject({ clean: false, abandoned: ['sinks'] })
    expect(sorted(done)).toEqual(['peer', 'sink', 'strategy'])
    await expectNothingLeft(test)
  })

  it('in which a feed does not end names it, and still closes the sinks and stops the strategies', async () => {
    async function* deaf(): AsyncGenerator<readonly FeedItem[]> {
      yield trades(3)
      await never()
    }
    const { done, options } = parts({ read: deaf })
    const test = engineOn(options)
    await test.start()
    await test.run()
    const beganAt = test.environment.monotonic()
    const report = await test.during(test.engine.stop({ timeoutMs: 2_000 }), 2_000)
    expect(test.environment.monotonic() - beganAt).toBeLessThanOrEqual(2_000)
    expect(report).toMatchObject({ clean: false, abandoned: ['feeds'] })
    expect(sorted(done)).toEqual(['peer', 'sink', 'strategy'])
    expect(report.ledger.events).toMatchObject({ accepted: 3, settled: 3 })
    await expectNothingLeft(test)
  })

  it('in which everything hangs ends in time and names them all', async () => {
    async function* deaf(): AsyncGenerator<readonly FeedItem[]> {
      yield trades(3)
      await never()
    }
    const { options } = parts({ read: deaf, close: never, onStop: never })
    const test = engineOn({ ...options, hookTimeoutMs: 60_000 })
    await test.start()
    await test.run()
    const beganAt = test.environment.monotonic()
    const report = await test.during(test.engine.stop({ timeoutMs: 2_000 }), 2_000)
    expect(test.environment.monotonic() - beganAt).toBeLessThanOrEqual(2_000)
    expect(sorted(report.abandoned)).toEqual(['feeds', 'sinks', 'strategies'])
    await expectNothingLeft(test)
  })

  it('asked for again with less time ends by the earlier of the two', async () => {
    const { options } = parts({ onStop: never, close: never })
    const test = engineOn({ ...options, hookTimeoutMs: 60_000 })
    await test.start()
    const first = test.engine.stop({ timeoutMs: 60_000 })
    const second = test.engine.stop({ timeoutMs: 1_000 })
    expect(second).toBe(first)
    await test.during(first, 1_000)
    await expectNothingLeft(test)
  })

  it('asked for again without draining, while it drains, abandons what is left and still runs every hook', async () => {
    const { done, options } = parts()
    const test = engineOn({
      ...options,
      strategies: [...options.strategies, { name: 'stuck', onEvents: never }],
      timeoutMs: 86_400_000,
    })
    await test.start()
    await test.run()
    const stopping = test.engine.stop({ timeoutMs: 60_000 })
    await test.run(10)
    void test.engine.stop({ drain: false })
    void test.engine.stop({ drain: false })
    const report = await test.during(stopping)
    expect(sorted(done)).toEqual(['peer', 'sink', 'strategy'])
    expect(report.abandoned).toEqual([])
    expect(report.ledger.events).toMatchObject({ accepted: 3, abandoned: 3 })
    await expectNothingLeft(test)
  })

  it('twice without draining is the same stop: no hook is cut short by the second', async () => {
    let closed = false
    const test = engineOn({
      sinks: [
        {
          name: 'slow',
          write: () => {},
          close: () =>
            new Promise<void>((resolve) => {
              test.environment.watch(() => {
                closed = true
                resolve()
              }, 100)
            }),
        },
      ],
    })
    await test.start()
    const stopping = test.engine.stop({ drain: false })
    void test.engine.stop({ drain: false })
    const report = await test.during(stopping, 1_000)
    expect(closed).toBe(true)
    expect(report.clean).toBe(true)
    await expectNothingLeft(test)
  })
})
