import { describe, expect, it } from 'vitest'
import { createEngine, defineStrategy, memoryFeed, trade } from '../../src/index.js'

const T0 = Date.UTC(2024, 5, 10, 13, 30)

describe('the clock of a recorded run, as `halt` and `publish` say of it', () => {
  it('is 0 until the first record has moved it, and that of the data from then on', async () => {
    const stamps: number[] = []
    const seen = defineStrategy({
      name: 'seen',
      subscribe: { types: ['trade'] },
      onEvent: (event) => void stamps.push(event.timestamp),
    })
    const feed = memoryFeed('day', [trade({ symbol: 'A', price: 1, size: 1, timestamp: T0 })])
    const engine = createEngine({ strategies: [seen], feeds: [feed] })
    const started = engine.start()
    engine.halt({ symbol: 'X', reason: 'early' })
    await started
    await engine.finished()
    engine.halt({ symbol: 'Y', reason: 'later' })
    await engine.publish(trade({ symbol: 'A', price: 2, size: 1 }))
    await engine.drain()
    expect(engine.halts().map(({ symbol, since }) => [symbol, since])).toEqual([
      ['X', 0],
      ['Y', T0],
    ])
    expect(stamps).toEqual([T0, T0])
    await engine.stop()
  })
})
