import { monotonicMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { median } from '../harness/statistics.js'
import { createEngine, defineStrategy } from '../outcry.js'
import { setting } from './setting.js'

export interface Lifecycle {
  readonly createMs: number
  readonly startMs: number
  readonly stopMs: number
}

/** Row 3487: an engine with many strategies, created, started and stopped again and again. */
export const lifecycle = async (settings: Settings): Promise<Lifecycle> => {
  const count = setting(settings, 'strategies')
  const rounds = setting(settings, 'rounds')
  const strategies = Array.from({ length: count }, (_, number) =>
    defineStrategy({ name: `strategy-${number}`, subscribe: { types: ['trade'] }, onEvents: () => {} }),
  )
  const created: number[] = []
  const started: number[] = []
  const stopped: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const begin = monotonicMs()
    const engine = createEngine({ strategies })
    const afterCreate = monotonicMs()
    await engine.start()
    const afterStart = monotonicMs()
    await engine.stop()
    const end = monotonicMs()
    // The first one pays for the compiler.
    if (round === 0) continue
    created.push(afterCreate - begin)
    started.push(afterStart - afterCreate)
    stopped.push(end - afterStart)
  }
  return { createMs: median(created), startMs: median(started), stopMs: median(stopped) }
}
