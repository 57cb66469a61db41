import { describe, expect, it } from 'vitest'
import { createEngine, portOf } from '../../actors/engine.js'

describe('an engine of no options', () => {
  const { options } = portOf(createEngine()).plane

  it('has 2 to 20 workers: one more above 100 events each, one fewer below 10, looked at every 5 s (row 3483)', () => {
    expect(options.workers).toEqual({
      min: 2,
      max: 20,
      scaleUpDepth: 100,
      scaleDownDepth: 10,
      intervalMs: 5_000,
      cooldownMs: 5_000,
    })
  })

  it('has at most 50 asynchronous handlers in flight, and strategies in groups of 10 (rows 3453, 3473)', () => {
    expect(options.concurrency).toBe(50)
    expect(options.groupSize).toBe(10)
  })

  it('has every option of those, and refuses by its path what cannot be (row 3483)', () => {
    const workers = { min: 3, max: 7, scaleUpDepth: 50, scaleDownDepth: 5, intervalMs: 100, cooldownMs: 200 }
    const chosen = portOf(createEngine({ workers, concurrency: 4, groupSize: 2 })).plane.options
    expect(chosen).toMatchObject({ workers, concurrency: 4, groupSize: 2 })
    expect(() => createEngine({ workers: { min: 0 } })).toThrow(/workers\.min/)
    expect(() => createEngine({ concurrency: 0 })).toThrow(/concurrency/)
  })
})
