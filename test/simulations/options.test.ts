import { createEngine, type Engine, isOutcryError, type VirtualEnvironment } from 'outcry'
import { simulate } from 'outcry/simulation'
import { describe, expect, it } from 'vitest'

const make = (environment: VirtualEnvironment): Engine => createEngine({ environment })

describe('the options of a simulation', () => {
  it.each([
    [{ strategies: [] }, 'simulate.createEngine: must be a function that makes an engine'],
    [{ createEngine: make, strategies: [] }, 'simulate.strategies: there is no such option'],
    [{ createEngine: make, seeds: 0 }, 'simulate.seeds: Too small'],
    [{ createEngine: make, seeds: [-1] }, 'simulate.seeds.0: Too small'],
    [{ createEngine: make, faults: ['stalls'] }, 'simulate.faults.0: '],
    [{ createEngine: make, invariants: [7] }, 'simulate.invariants.0: must be a function'],
    [{ createEngine: make, healMs: -1 }, 'simulate.healMs: '],
    [undefined, 'simulate: '],
  ])('that cannot be meant are named: %j', async (options, message) => {
    const error = await simulate(options as never).catch((reason: unknown) => reason)
    expect(isOutcryError(error) && error.code).toBe('OUTCRY_OPTION_INVALID')
    expect((error as Error).message).toContain(message)
  })
})
