import { describe, expect, it } from 'vitest'
import type { StrategyDefinition } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, trades } from '../engine/support.js'

/** Strategies that tell of their starts and stops; one crashes on the event that carries its number. */
function crew(count: number, startsBefore: (name: string) => boolean = () => true) {
  const log: string[] = []
  const strategies: StrategyDefinition[] = Array.from({ length: count }, (_, index) => {
    const name = `s${index}`
    return {
      name,
      breaker: { disabled: true },
      onStart: () => {
        log.push(`${name} starts`)
        if (!startsBefore(name)) throw new Error('not yet')
      },
      onStop: () => void log.push(`${name} stops`),
      onEvent: (event) => {
        if ((event.payload as { size: number }).size === index + 100) throw new Error('crash')
      },
    }
  })
  return { log, strategies }
}

const crashOf = (index: number) => ({ type: 'trade', symbol: 'AAPL', payload: { price: 1, size: index + 100 } })

describe('supervision', () => {
  it.each([
    ['one-for-one', ['s1 stops', 's1 starts']],
    ['rest-for-one', ['s1 stops', 's3 stops', 's2 stops', 's1 starts', 's2 starts', 's3 starts']],
    [
      'one-for-all',
      ['s1 stops', 's3 stops', 's2 stops', 's0 stops', 's1 starts', 's0 starts', 's2 starts', 's3 starts'],
    ],
  ] as const)(
    '%s restarts whom it should: stopped last first, started one after another',
    async (supervision, expected) => {
      const { log, strategies } = crew(4)
      const test = engineOn({ supervision, restart: { afterFailures: 1, backoffMs: 100 }, strategies })
      const { engine } = test
      await test.start()
      log.length = 0
      engine.offer(crashOf(1))
      await test.run()
      const down = expected.filter((line) => line.endsWith('stops')).map((line) => line.slice(0, 2))
      expect(engine.strategies.list().map(({ name, state }) => [name, state])).toEqual(
        ['s0', 's1', 's2', 's3'].map((name) => [
          name,
          name === 's1' ? 'backingOff' : down.includes(name) ? 'held' : 'ready',
        ]),
      )
      await test.run(100)
      expect(log).toEqual(expected)
      expect(engine.strategies.list().map(({ state, restarts }) => [state, restarts])).toEqual([
        ['ready', 0],
        ['ready', 1],
        ['ready', 0],
        ['ready', 0],
      ])
      engine.offer(trades(1)[0] as never)
      await test.during(engine.drain())
      expectQuiet(test)
      await test.during(engine.stop())
      await expectNothingLeft(test)
    },
  )

  it('one-for-all: of those held, one that fails to start holds up those after it until it is there', async () => {
    let tries = 0
    const { log, strategies } = crew(4, (name) => {
      if (name !== 's2') return true
      tries += 1
      return tries !== 2
    })
    const test = engineOn({ supervision: 'one-for-all', restart: { afterFailures: 1, backoffMs: 100 }, strategies })
    await test.start()
    log.length = 0
    test.engine.offer(crashOf(0))
    await test.run(100)
    // s1 had started when s2 failed: it is taken down again, and comes back after it.
    expect(log.slice(3)).toEqual(['s1 stops', 's0 starts', 's1 starts', 's2 starts', 's1 stops', 's0 stops'])
    log.length = 0
    await test.run(1_000)
    expect(log).toEqual(['s2 starts', 's0 starts', 's1 starts', 's3 starts'])
    expect(test.engine.strategies.list().map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'ready'])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it.each(['one-for-all', 'rest-for-one'] as const)(
    '%s: one that was ready just as its peer failed to start is back after it',
    async (supervision) => {
      let tries = 0
      const { log, strategies } = crew(3, (name) => name !== 's0' || ++tries > 1)
      const test = engineOn({ supervision, restart: { afterFailures: 1, backoffMs: 100 }, strategies })
      await test.during(test.engine.start(), 1_000)
      await test.run(1_000)
      expect(test.engine.strategies.list().map(({ state }) => state)).toEqual(['ready', 'ready', 'ready'])
      expect(log.slice(-3)).toEqual(['s0 starts', 's1 starts', 's2 starts'])
      await test.during(test.engine.stop())
      await expectNothingLeft(test)
    },
  )

  it('one-for-all: one that takes longer to stop than its peer to come back starts once it has stopped, and holds up nobody', async () => {
    const { log, strategies } = crew(3)
    const slow = strategies.map((strategy) =>
      strategy.name === 's0'
        ? {
            ...strategy,
            onStop: () => new Promise<void>((resolve) => void test.environment.setTimeout(() => resolve(), 500)),
          }
        : strategy,
    )
    const test = engineOn({
      supervision: 'one-for-all',
      restart: { afterFailures: 1, backoffMs: 100 },
      strategies: slow,
    })
    await test.start()
    log.length = 0
    test.engine.offer(crashOf(1))
    await test.run(200)
    const states = () => test.engine.strategies.list().map(({ state }) => state)
    expect([log, states()]).toEqual([
      ['s1 stops', 's2 stops', 's1 starts'],
      ['stopping', 'ready', 'held'],
    ])
    await test.run(500)
    expect([log.slice(3), states()]).toEqual([
      ['s0 starts', 's2 starts'],
      ['ready', 'ready', 'ready'],
    ])
    await test.during(test.engine.stop(), 1_000)
    await expectNothingLeft(test)
  })

  it('one-for-all: those held go on without one that is given up, removed or paused', async () => {
    let broken = false
    const { strategies } = crew(3, (name) => name !== 's0' || !broken)
    const test = engineOn({
      supervision: 'one-for-all',
      restart: { afterFailures: 1, backoffMs: 100, maxRestarts: 2 },
      strategies,
    })
    const { engine } = test
    await test.start()
    const states = () => engine.strategies.list().map(({ name, state }) => `${name} ${state}`)
    broken = true
    engine.offer(crashOf(0))
    await test.run(10_000)
    expect(states()).toEqual(['s0 faulted', 's1 ready', 's2 ready'])
    engine.offer(crashOf(1))
    await test.run()
    expect(states()).toEqual(['s0 faulted', 's1 backingOff', 's2 held'])
    await test.during(engine.strategies.remove('s1'))
    expect(states()).toEqual(['s0 faulted', 's2 ready'])
    broken = false
    await test.during(engine.strategies.restart('s0'))
    engine.offer(crashOf(2))
    await test.run()
    expect(states()).toEqual(['s0 held', 's2 backingOff'])
    engine.strategies.pause('s2')
    await test.run(100)
    expect(states()).toEqual(['s0 ready', 's2 paused'])
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('one-for-all: two that crash on one chunk and others restarted by hand meanwhile leave nobody waiting', async () => {
    const { strategies } = crew(5)
    for (const index of [1, 3]) {
      const own = strategies[index] as StrategyDefinition
      strategies[index] = {
        ...own,
        onEvent: () => {
          throw new Error('both')
        },
      }
    }
    const test = engineOn({ supervision: 'one-for-all', restart: { afterFailures: 1, backoffMs: 100 }, strategies })
    const { engine } = test
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.run()
    void engine.strategies.restart('s0')
    void engine.strategies.restart('s3')
    engine.strategies.pause('s4')
    await test.run(10_000)
    expect(engine.strategies.list().map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'ready', 'paused'])
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('does not reach beyond the group', async () => {
    const { log, strategies } = crew(4)
    const test = engineOn({
      groupSize: 2,
      supervision: 'one-for-all',
      restart: { afterFailures: 1, backoffMs: 10 },
      strategies,
    })
    await test.start()
    log.length = 0
    test.engine.offer(crashOf(2))
    await test.run(10)
    expect(log).toEqual(['s2 stops', 's3 stops', 's2 starts', 's3 starts'])
    await test.during(test.engine.stop())
  })
})
