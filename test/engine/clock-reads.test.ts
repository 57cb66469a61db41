import { describe, expect, it } from 'vitest'
import type { EngineOptions } from '../../actors/options.js'
import { trade } from '../../src/index.js'
import { engineOn } from './support.js'

const one = (id: string) => trade({ id, symbol: 'AAPL', price: 1, size: 1 })

/** How often an engine whose queue stands still looks at the wall clock while one thing is published. */
async function readsOf(options: EngineOptions): Promise<number> {
  const test = engineOn(options)
  const { engine, environment } = test
  await test.start()
  engine.pause()
  // The first one schedules what later ones find there.
  void engine.publish(one('first'))
  const now = environment.now.bind(environment)
  let reads = 0
  environment.now = () => {
    reads += 1
    return now()
  }
  void engine.publish(one('second'))
  environment.now = now
  expect(engine.ledger().events.accepted).toBe(2)
  await test.during(engine.stop(), 60_000)
  return reads
}

describe('a publish looks at the wall clock once', () => {
  it.each<[string, EngineOptions]>([
    ['by default', {}],
    ['where sources have lanes of their own', { lanesBySource: { wire: 'high' } }],
    ['where sources have limits', { rateLimits: { sources: { '*': { ratePerSecond: 1_000, burst: 10 } } } }],
  ])('%s', async (_, options) => {
    expect(await readsOf(options)).toBe(1)
  })
})
