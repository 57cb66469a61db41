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
    [{ createEngine: make, faults: ['stall', 'crash'] }, 'simulate.faults.1: happens in the engine’s own runs alone'],
    [{ createEngine: make, invariants: [7] }, 'simulate.invariants.0: must be a function'],
    [{ createEngine: make, healMs: -1 }, 'simulate.healMs: '],
    [{ createEngine: make, events: () => null }, 'simulate.events(1): must be a list of { atMs, event }'],
    [{ createEngine: make, seeds: [3], events: () => [{ atMs: Number.NaN }] }, 'simulate.events(3).0.atMs: '],
    [
      {
        createEngine: make,
        events: () => [
          { atMs: 1, event: {} },
          { atMs: 1e300, event: {} },
        ],
      },
      'simulate.events(1).1.atMs: Too big',
    ],
    [{ createEngine: make, events: () => [{ at: 1, event: {} }] }, 'simulate.events(1).0.atMs: '],
    [undefined, 'simulate: '],
  ])('that cannot be meant are named: %j', async (options, message) => {
    const error = await simulate(options as never).catch((reason: unknown) => reason)
    expect(isOutcryError(error) && error.code).toBe('OUTCRY_OPTION_INVALID')
    expect((error as Error).message).toContain(message)
  })

  it('of events that are out of order are played in the order of their times', async () => {
    const seen: unknown[] = []
    const trade = (price: number) => ({ type: 'trade', symbol: 'A', payload: { price, size: 1 } })
    const { failed } = await simulate({
      seeds: 1,
      createEngine: (environment) =>
        createEngine({
          environment,
          strategies: [
            {
              name: 's',
              subscribe: { types: ['trade'] },
              onEvent: ({ source, payload }) => void (source === 'mine' && seen.push(payload)),
            },
          ],
        }),
      events: () => [
        { atMs: 900, event: { ...trade(2), source: 'mine' } },
        { atMs: 100, event: { ...trade(1), source: 'mine' } },
      ],
    })
    expect(failed).toBeUndefined()
    expect(seen).toEqual([
      { price: 1, size: 1 },
      { price: 2, size: 1 },
    ])
  })
})
