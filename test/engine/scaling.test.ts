import { describe, expect, it } from 'vitest'
import { engineOn, expectNothingLeft, expectQuiet, trades } from './support.js'

const options = {
  workers: { min: 2, max: 8, scaleUpDepth: 10, scaleDownDepth: 2, intervalMs: 1_000, cooldownMs: 500 },
  // Each chunk holds its worker for a while, so that a burst stands in the queue.
  chunk: { maxEvents: 1 },
}

function slowEngine(overrides: object = {}) {
  const test = engineOn({
    ...options,
    ...overrides,
    concurrency: 1_000,
    lateAfterMs: 60_000,
    timeoutMs: 60_000,
    strategies: Array.from({ length: 200 }, (_, index) => ({
      name: `s${index}`,
      subscribe: { symbols: [`S${index}`] },
      onEvent: () => new Promise<void>((resolve) => test.environment.watch(resolve, 100)),
    })),
  })
  const burst = (count: number): void => {
    for (let index = 0; index < count; index += 1) test.engine.offer(trades(1, `S${index % 200}`)[0] as never)
  }
  return { test, burst, workers: () => test.engine.stats.get().workers }
}

describe('the supervisor', () => {
  it('spawns workers for a burst, up to the most, and retires them to the least when it is quiet (row 3483)', async () => {
    const { test, burst, workers } = slowEngine()
    await test.start()
    expect(workers()).toMatchObject({ live: 2, spawned: 2, peak: 2 })
    burst(200)
    // Told at the crossing, of the depth there; how deep it is by now is looked at after each rest.
    expect(workers().live).toBe(3)
    await test.run(499)
    expect(workers().live).toBe(3)
    await test.run(1)
    expect(workers().live).toBe(6)
    await test.run(500)
    expect(workers().live).toBe(8)
    await test.run(3_000)
    expect(test.engine.ledger().events.settled).toBe(200)
    await test.run(20_000)
    expect(workers()).toMatchObject({ live: 2, spawned: 8, retired: 6, peak: 8 })
    expectQuiet(test)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('hears of the depth when a threshold is crossed, not of every event', async () => {
    const { test, burst, workers } = slowEngine({
      workers: { ...options.workers, cooldownMs: 60_000, intervalMs: 86_400_000 },
    })
    await test.start()
    test.engine.pause()
    const counts: number[] = []
    for (let index = 0; index < 100; index += 1) {
      burst(1)
      counts.push(workers().live)
    }
    // One change at most for each rest: the next mark is only looked at after it.
    expect(new Set(counts)).toEqual(new Set([2, 3]))
    expect(counts.lastIndexOf(2)).toBe(19)
    await test.during(test.engine.stop({ drain: false }))
  })

  it('rests between two changes and does not flap around a threshold', async () => {
    const { test, burst, workers } = slowEngine()
    await test.start()
    const seen: number[] = []
    for (let round = 0; round < 40; round += 1) {
      burst(round % 2 === 0 ? 22 : 18)
      for (let step = 0; step < 5; step += 1) {
        await test.run(100)
        seen.push(workers().live)
      }
    }
    const changes = seen.filter((live, index) => index > 0 && live !== seen[index - 1]).length
    expect(Math.max(...seen)).toBeLessThanOrEqual(8)
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(2)
    // 20 s in all, with half a second of rest at least between two changes.
    expect(changes).toBeLessThanOrEqual(20)
    await test.during(test.engine.drain(), 60_000)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('counts as retired only workers that were no longer needed, not those of a stopped engine', async () => {
    const { test, workers } = slowEngine()
    await test.start()
    await test.during(test.engine.stop())
    expect(workers()).toMatchObject({ live: 0, spawned: 2, retired: 0, peak: 2 })
  })

  it('lets a worker that is to go finish its chunk', async () => {
    const { test, burst, workers } = slowEngine({
      workers: { min: 1, max: 4, scaleUpDepth: 1, scaleDownDepth: 1, intervalMs: 10, cooldownMs: 10 },
    })
    await test.start()
    burst(8)
    await test.run(20)
    expect(workers().live).toBe(4)
    await test.run(5_000)
    expect(workers()).toMatchObject({ live: 1 })
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 8, succeeded: 8 })
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })
})
