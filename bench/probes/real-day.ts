import { monotonicMs, processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { bookkeepers } from '../load/bookkeepers.js'
import { recordedDay } from '../load/recorded-day.js'
import { SUBSCRIBERS } from '../load/workload.js'
import { createEngine } from '../outcry.js'

export interface RealDay {
  readonly events: number
  readonly deliveries: number
  readonly elapsedMs: number
  readonly processorMs: number
  readonly eventsPerSecond: number
  readonly peakRssMb: number
  readonly digest: string | undefined
}

/** Every trade of four symbols on one day, read from its archives, merged with news by time and handled by ten strategies. */
export const realDay = async (_settings: Settings): Promise<RealDay> => {
  const strategies = bookkeepers(SUBSCRIBERS)
  const day = recordedDay()
  const engine = createEngine({ strategies, feeds: day.feeds })
  const begin = monotonicMs()
  const used = processorMs()
  await engine.start()
  await engine.finished()
  const elapsedMs = monotonicMs() - begin
  const usedMs = processorMs() - used
  const { events, deliveries } = engine.ledger()
  const digest = engine.digest()
  await engine.stop()
  if (events.settled !== day.events || deliveries.succeeded !== day.events * SUBSCRIBERS)
    throw new Error(`the ledger does not show the day: ${JSON.stringify({ events, deliveries })}`)
  return {
    events: events.published,
    deliveries: deliveries.succeeded,
    elapsedMs,
    processorMs: usedMs,
    eventsPerSecond: (events.published / elapsedMs) * 1_000,
    peakRssMb: process.resourceUsage().maxRSS / 1_024,
    digest,
  }
}
