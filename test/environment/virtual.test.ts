import { describe, expect, it } from 'vitest'
import { trapRealTime } from '../../src/environment/trap.js'
import { createVirtualEnvironment } from '../../src/environment/virtual.js'

async function runAll(environment: ReturnType<typeof createVirtualEnvironment>): Promise<void> {
  while (await environment.step());
}

describe('the virtual environment', () => {
  it('fires each timer alone at its own deadline, with promises run before the next', async () => {
    const environment = createVirtualEnvironment({ startMs: 1_000 })
    const seen: [string, number][] = []
    environment.setTimeout(() => seen.push(['second', environment.now()]), 20)
    environment.watch(() => {
      seen.push(['first', environment.now()])
      void Promise.resolve()
        .then(() => {})
        .then(() => seen.push(['promise', environment.now()]))
    }, 10)
    await runAll(environment)
    expect(seen).toEqual([
      ['first', 1_010],
      ['promise', 1_010],
      ['second', 1_020],
    ])
    expect(environment.pending()).toBe(0)
  })

  it('keeps timers of one deadline in the order they were set, or shuffles them by the seed alone', async () => {
    const order = async (seed: number, shuffleTies: boolean): Promise<string> => {
      const environment = createVirtualEnvironment({ seed, shuffleTies })
      const seen: number[] = []
      for (let index = 0; index < 10; index++) environment.setTimeout(() => seen.push(index), 5)
      await runAll(environment)
      return seen.join()
    }
    expect(await order(1, false)).toBe('0,1,2,3,4,5,6,7,8,9')
    expect(await order(1, true)).not.toBe('0,1,2,3,4,5,6,7,8,9')
    expect(await order(1, true)).toBe(await order(1, true))
    expect(await order(1, true)).not.toBe(await order(2, true))
  })

  it('a step of the wall clock moves no timer, and time that code spends makes timers late', async () => {
    const environment = createVirtualEnvironment({ startMs: 0 })
    const seen: number[] = []
    environment.setTimeout(() => seen.push(environment.monotonic()), 10)
    environment.jump(-5_000)
    expect(environment.now()).toBe(-5_000)
    environment.spend(30)
    await runAll(environment)
    expect(seen).toEqual([30])
  })

  it('a step takes a turn that is waiting, also where a timer beyond its bound has fallen due meanwhile', async () => {
    const environment = createVirtualEnvironment({ turnMs: 0.5 })
    let turns = 0
    environment.watch(() => {}, 10.2)
    environment.spend(10)
    environment.yield(() => environment.yield(() => (turns += 1)))
    while (await environment.step(10));
    expect(turns).toBe(1)
    expect(environment.pending()).toBe(1)
  })

  it('a loop of yields does not stop time', async () => {
    const environment = createVirtualEnvironment({ turnMs: 0.5 })
    let fired = false
    let turns = 0
    environment.setTimeout(() => {
      fired = true
    }, 10)
    const turn = (): void => {
      turns += 1
      if (!fired) environment.yield(turn)
    }
    environment.yield(turn)
    await runAll(environment)
    expect(fired).toBe(true)
    expect(turns).toBeLessThan(25)
  })
})

describe('the trap for real time', () => {
  it('reports every use of real time and chance with its place, and leaves all as it was', () => {
    const before = [Date, Date.now, Math.random, setTimeout, performance.now]
    const uses: string[] = []
    const release = trapRealTime(({ what, stack }) => uses.push(`${what} ${stack.includes('virtual.test')}`))
    try {
      Date.now()
      Math.random()
      new Date()
      new Date(5)
      performance.now()
      clearTimeout(setTimeout(() => {}, 1))
      crypto.randomUUID()
    } finally {
      release()
    }
    expect(uses).toEqual([
      'Date.now true',
      'Math.random true',
      'new Date() true',
      'performance.now true',
      'setTimeout true',
      'crypto.randomUUID true',
    ])
    expect([Date, Date.now, Math.random, setTimeout, performance.now]).toEqual(before)
    Date.now()
    expect(uses).toHaveLength(6)
  })
})
