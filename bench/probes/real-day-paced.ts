import { monotonicMs, processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { quantile } from '../harness/statistics.js'
import { Book } from '../load/book.js'
import { bookkeepers } from '../load/bookkeepers.js'
import { between, CLOSES_AT, OPENS_AT, recordedDay } from '../load/recorded-day.js'
import { SUBSCRIBERS } from '../load/workload.js'
import { createEngine, defineStrategy } from '../outcry.js'
import { setting } from './setting.js'

export interface RealDayPaced {
  readonly events: number
  readonly elapsedMs: number
  /** How far the whole was from the time that it should take, in per cent. */
  readonly paceErrorPercent: number
  /** How much later than the most punctual of all events one came to the last of its handlers, in milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Processor time of the time that passed, in per cent. */
  readonly busyPercent: number
}

/** The hours in which the exchange was open, or the last so many milliseconds of them, a number of times as fast as they were. */
export const realDayPaced = async (settings: Settings): Promise<RealDayPaced> => {
  const speed = setting(settings, 'speed')
  const from = Math.max(OPENS_AT, CLOSES_AT - setting(settings, 'lastMs'))
  const waits: number[] = []
  let first: { readonly data: number; readonly machine: number } | undefined
  let last = 0
  const latest = defineStrategy({
    name: 'latest',
    subscribe: { types: ['trade', 'news'] },
    state: () => new Book(SUBSCRIBERS - 1),
    onEvents(chunk, { state }) {
      for (const event of chunk) state.handle(event)
      const now = monotonicMs()
      first ??= { data: chunk[0]?.timestamp ?? 0, machine: now }
      for (const { timestamp } of chunk) {
        last = Math.max(last, timestamp)
        waits.push(now - first.machine - (timestamp - first.data) / speed)
      }
    },
  })
  const strategies = [...bookkeepers(SUBSCRIBERS - 1), latest]
  const feeds = recordedDay().feeds.map((feed) => between(feed, from, CLOSES_AT))
  const engine = createEngine({ strategies, feeds, recording: { speed } })
  await engine.start()
  const begin = monotonicMs()
  const used = processorMs()
  await engine.finished()
  const elapsedMs = monotonicMs() - begin
  const usedMs = processorMs() - used
  const { events, deliveries } = engine.ledger()
  await engine.stop()
  if (events.settled !== waits.length || deliveries.succeeded !== waits.length * SUBSCRIBERS)
    throw new Error(`the ledger does not show the day: ${JSON.stringify({ events, deliveries })}`)
  // Where the line of pace lies is not known from without: none is earlier than the most punctual.
  const earliest = waits.reduce((least, wait) => Math.min(least, wait), Number.POSITIVE_INFINITY)
  const wantedMs = (last - (first?.data ?? 0)) / speed
  const tookMs = monotonicMs() - (first?.machine ?? 0)
  return {
    events: events.settled,
    elapsedMs,
    paceErrorPercent: Math.abs(tookMs / wantedMs - 1) * 100,
    p50Ms: quantile(waits, 0.5) - earliest,
    p99Ms: quantile(waits, 0.99) - earliest,
    maxMs: quantile(waits, 1) - earliest,
    busyPercent: (usedMs / elapsedMs) * 100,
  }
}
