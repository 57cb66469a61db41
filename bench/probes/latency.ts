import { setImmediate as nextTurn } from 'node:timers/promises'
import { monotonicMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { quantile } from '../harness/statistics.js'
import { SUBSCRIBERS, SYMBOLS } from '../load/workload.js'
import { createEngine, defineStrategy, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

/**
 * From the moment an event was due to its last handler, at a fixed rate. An event that is published
 * late because the engine held up its producer is charged with that too: coordinated omission (Gil
 * Tene) would leave out just the waits that a stall causes. All events are measured, none sampled.
 */
export const latency = async (settings: Settings): Promise<Latency> => {
  const perSecond = setting(settings, 'perSecond')
  const warmUp = perSecond
  const events = warmUp + perSecond * setting(settings, 'seconds')
  const waits = new Float64Array(events)
  let begin = 0
  const strategies = Array.from({ length: SUBSCRIBERS }, (_, number) =>
    defineStrategy({
      name: `subscriber-${number}`,
      subscribe: { types: ['trade'] },
      state: () => new Map<string, number>(),
      onEvents(chunk, { state }) {
        for (const event of chunk) state.set(event.symbol ?? '', event.payload.price)
        if (number < SUBSCRIBERS - 1) return
        const now = monotonicMs() - begin
        for (const { payload } of chunk) waits[payload.size - 1] = now - ((payload.size - 1) / perSecond) * 1_000
      },
    }),
  )
  const engine = createEngine({ strategies })
  await engine.start()
  begin = monotonicMs()
  for (let next = 0; next < events; ) {
    const due = Math.min(events, Math.floor(((monotonicMs() - begin) / 1_000) * perSecond) + 1)
    for (; next < due; next += 1) {
      const draft = trade({
        id: `tape:${next}`,
        symbol: `SYM${next % SYMBOLS}`,
        price: 1 + (next % 97),
        size: next + 1,
      })
      await engine.publish(draft)
    }
    await nextTurn()
  }
  await engine.drain()
  const { events: counts } = engine.ledger()
  await engine.stop()
  if (counts.settled !== events) throw new Error(`${counts.settled} of ${events} events settled`)
  const measured = [...waits.subarray(warmUp)]
  const at = (share: number): number => quantile(measured, share)
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) }
}
