import type { Settings } from '../harness/probe.js'
import { bookkeepers } from '../load/bookkeepers.js'
import { SUBSCRIBERS, Workload } from '../load/workload.js'
import { createEngine } from '../outcry.js'
import { setting } from './setting.js'

export interface Memory {
  /** What the heap has grown by from the first tenth of the events to the last, collected at both. */
  readonly heapGrowthMb: number
  readonly events: number
}

const PERIOD = 250_000

const heldMb = (): number => {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('the probe needs --expose-gc')
  collect()
  collect()
  return process.memoryUsage().heapUsed / 1e6
}

/** Publishes a great many events through one engine. Ids never repeat, so that none is a duplicate. */
export const memory = async (settings: Settings): Promise<Memory> => {
  const events = setting(settings, 'events')
  const workload = new Workload(PERIOD)
  const strategies = bookkeepers(SUBSCRIBERS)
  const engine = createEngine({ strategies })
  await engine.start()
  const publishTo = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 1) await engine.publish(workload.draft(at))
    await engine.drain()
  }
  await publishTo(0, events / 10)
  const before = heldMb()
  await publishTo(events / 10, events)
  const heapGrowthMb = heldMb() - before
  const { settled } = engine.ledger().events
  await engine.stop()
  if (settled !== events) throw new Error(`${settled} of ${events} events settled`)
  return { heapGrowthMb, events }
}
