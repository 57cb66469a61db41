import { describe, expect, it } from 'vitest'
import { type OutcryEvent, trade } from '../../src/index.js'
import { engineOn, expectQuiet } from './support.js'

/** Lets promises go on, and nothing else: neither a timer nor a turn of the event loop. */
const promisesOnly = async (): Promise<void> => {
  for (let step = 0; step < 10; step += 1) await undefined
}

const urgent = (symbol: string, price: number) => trade({ symbol, source: 'urgent', price, size: 1 })
const usual = (symbol: string, price: number) => trade({ symbol, source: 'usual', price, size: 1 })

const watched = () => {
  const chunks: number[][] = []
  const test = engineOn({
    lanesBySource: { urgent: 'critical' },
    strategies: [
      {
        name: 'watcher',
        onEvents: (events: readonly OutcryEvent[]) => {
          chunks.push(events.map((event) => (event.payload as { price: number }).price))
        },
      },
    ],
  })
  return { chunks, test }
}

describe('an express turn', () => {
  it('hands out a critical event before the event loop turns, and nothing that is not critical (row 3468)', async () => {
    const { chunks, test } = watched()
    await test.start()
    test.engine.offer(usual('A', 1))
    test.engine.offer(urgent('B', 2))
    test.engine.offer(urgent('C', 3))
    expect(chunks).toEqual([])
    await promisesOnly()
    expect(chunks).toEqual([[2, 3]])
    await test.run()
    expect(chunks).toEqual([[2, 3], [1]])
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('comes at most once in the time of a turn, so that critical events starve nobody', async () => {
    const { chunks, test } = watched()
    await test.start()
    test.engine.offer(urgent('A', 1))
    await promisesOnly()
    test.engine.offer(urgent('A', 2))
    await promisesOnly()
    expect(chunks).toEqual([[1]])
    await test.run(1)
    expect(chunks).toEqual([[1], [2]])
    test.engine.offer(urgent('A', 3))
    await promisesOnly()
    expect(chunks).toEqual([[1], [2], [3]])
    await test.during(test.engine.stop())
  })

  it('does not come while the engine is paused', async () => {
    const { chunks, test } = watched()
    await test.start()
    test.engine.pause()
    test.engine.offer(urgent('A', 1))
    await promisesOnly()
    await test.run(1)
    expect(chunks).toEqual([])
    test.engine.resume()
    await test.run(1)
    expect(chunks).toEqual([[1]])
    await test.during(test.engine.stop())
  })
})
