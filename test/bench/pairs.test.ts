import { describe, expect, it } from 'vitest'
import { ratiosTo, schedule } from '../../bench/harness/pairs.js'

const round = (trials: Record<string, readonly [events: number, elapsedMs: number, processorMs: number]>) =>
  new Map(
    Object.entries(trials).map(([name, [events, elapsedMs, processorMs]]) => [
      name,
      { events, elapsedMs, processorMs },
    ]),
  )

describe('the ratios of a contest', () => {
  it('are medians of what each round gave, whatever the machine did between rounds', () => {
    // The machine is ten times as slow in the last round: the ratio of the medians would be 0.2.
    const rounds = [
      round({ engine: [100, 20, 25], bareLoop: [100, 10, 10] }),
      round({ engine: [100, 21, 25], bareLoop: [100, 10, 10] }),
      round({ engine: [100, 200, 25], bareLoop: [100, 100, 10] }),
    ]
    expect(ratiosTo('bareLoop', rounds)).toEqual({
      events: 100,
      pairs: 3,
      wall: { engine: 0.5, bareLoop: 1 },
      processor: { engine: 0.4, bareLoop: 1 },
    })
  })

  it('are of rates, as a slow contender has fewer events, and of the rounds in which it took part', () => {
    const rounds = [
      round({ engine: [100, 20, 20], bareLoop: [100, 10, 10], slow: [10, 10, 20] }),
      round({ engine: [100, 20, 20], bareLoop: [100, 10, 10] }),
      round({ engine: [100, 20, 20] }),
    ]
    const { pairs, wall, processor } = ratiosTo('bareLoop', rounds)
    expect([pairs, wall.slow, processor.slow]).toEqual([2, 0.1, 0.05])
  })
})

describe('the rounds of a contest', () => {
  it('have the pair more often than the others, and begin from either end in turn', () => {
    expect(schedule(2, ['engine', 'loop', 'slow'], ['engine', 'loop'], 2)).toEqual([
      ['engine', 'loop', 'slow'],
      ['loop', 'engine'],
      ['engine', 'loop'],
      ['slow', 'loop', 'engine'],
      ['engine', 'loop'],
      ['loop', 'engine'],
    ])
    expect(schedule(1, ['engine', 'loop'], [], 0)).toEqual([['engine', 'loop']])
  })
})
