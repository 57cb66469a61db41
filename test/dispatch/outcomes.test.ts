import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import { defineStrategy, type OutcryEvent } from '../../src/index.js'
import { engineOn, trades } from '../engine/support.js'

describe('dispatch records', () => {
  it('tell the outcome of a laggard once, also if it answers while its chunk is still on its way', async () => {
    const wait = new Map<string, () => void>()
    const slow = (name: string, lateAfterMs: number) =>
      defineStrategy({
        name,
        lateAfterMs,
        onEvents: (_events: readonly OutcryEvent[]) => new Promise<void>((resolve) => wait.set(name, resolve)),
      })
    const engine = engineOn({ strategies: [slow('laggard', 5), slow('steady', 10_000)], groupSize: 1 })
    const told: string[] = []
    portOf(engine.engine).plane.audit.add({
      dispatched: ({ outcomes }) => told.push(...outcomes.map(({ strategy }) => `record ${strategy}`)),
      outcome: (_chunk, { strategy }) => told.push(`outcome ${strategy}`),
    })
    await engine.start()
    for (const draft of trades(3)) engine.engine.offer(draft)
    await engine.run(20)
    wait.get('laggard')?.()
    await engine.run(20)
    wait.get('steady')?.()
    await engine.run(20)
    expect(told).toEqual(['record laggard', 'record steady'])
    await engine.during(engine.engine.stop())
  })
})
