import { monotonicMs, processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { ratios, rotate } from '../harness/rotation.js'
import { median } from '../harness/statistics.js'
import { bookkeepers } from '../load/bookkeepers.js'
import { Workload } from '../load/workload.js'
import { createEngine, defineStrategy } from '../outcry.js'
import { setting } from './setting.js'

export interface Hung {
  /** The peers' rate beside it, of their rate without it: by processor time and by the clock. */
  readonly ofProcessorRate: number
  readonly ofRate: number
}

const PEERS = 9

const hanging = defineStrategy({
  name: 'hanging',
  subscribe: { types: ['trade', 'news'] },
  lateAfterMs: 5,
  timeoutMs: 20,
  onEvents: () => new Promise<void>(() => {}),
})

interface Times {
  readonly elapsedMs: number
  readonly processorMs: number
}

/** From the first publish until the last peer has had the last event, in an engine of its own. */
const play = async (workload: Workload, withHanging: boolean): Promise<Times> => {
  const peers = bookkeepers(PEERS)
  const engine = createEngine({ strategies: withHanging ? [...peers, hanging] : peers })
  await engine.start()
  const begin = monotonicMs()
  const used = processorMs()
  for (let at = 0; at < workload.events; at += 1) await engine.publish(workload.draft(at))
  await engine.drain()
  const times = { elapsedMs: monotonicMs() - begin, processorMs: processorMs() - used }
  const { deliveries } = engine.ledger()
  await engine.stop()
  if (deliveries.succeeded !== workload.events * PEERS)
    throw new Error(`the peers did not get everything: ${JSON.stringify(deliveries)}`)
  return times
}

/** Nine strategies beside one whose promises never settle, against the nine alone, in turn. */
export const hung = async (settings: Settings): Promise<Hung> => {
  const workload = new Workload(setting(settings, 'events'))
  const elapsed: Record<'alone' | 'beside', number[]> = { alone: [], beside: [] }
  const run = (kind: 'alone' | 'beside') => async (): Promise<number> => {
    const times = await play(workload, kind === 'beside')
    elapsed[kind].push(times.elapsedMs)
    return times.processorMs
  }
  const used = await rotate({ alone: run('alone'), beside: run('beside') }, setting(settings, 'rounds'))
  return {
    ofProcessorRate: median(ratios(used.alone, used.beside)),
    // The first of each paid for the compiler.
    ofRate: median(ratios(elapsed.alone.slice(1), elapsed.beside.slice(1))),
  }
}
