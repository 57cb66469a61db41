import { setTimeout as wait } from 'node:timers/promises'
import { monotonicMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { quantile } from '../harness/statistics.js'
import { Book } from '../load/book.js'
import { SUBSCRIBERS, Workload } from '../load/workload.js'
import { alert, createEngine, defineStrategy } from '../outcry.js'
import { setting } from './setting.js'

export interface Critical {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** From the moment at which the timer that stands for its arrival was due. */
  readonly arrivalP99Ms: number
  /** The shallowest queue that one of them was behind. */
  readonly leastDepth: number
}

/** Between two critical events; no multiple of the engine's own rhythms. Milliseconds. */
const EVERY_MS = 7
/** Market events published before anything is measured, and one alert among so many of them. */
const WARM_UP = 50_000
const ALERT_EVERY = 500
/** Left free when the queue is filled: a critical event must find room. */
const SPARE = 1_024

/**
 * A critical event behind a deep queue of market events, from its publish and from its arrival to the
 * last handler. The queue is filled anew whenever it has fallen below `depth`; what is published
 * between two turns to do so is the producer's own cost, and so no event is due in that turn. What it
 * owes the collector is paid in the turns that follow: the last events of such a burst are young, and
 * are copied twice.
 */
export const critical = async (settings: Settings): Promise<Critical> => {
  const depth = setting(settings, 'depth')
  const samples = setting(settings, 'samples')
  const done: { publishedAt: number; dueAt: number; handledAt: number }[] = []
  const strategies = Array.from({ length: SUBSCRIBERS }, (_, number) =>
    defineStrategy({
      name: `subscriber-${number}`,
      subscribe: { types: ['trade', 'news', 'alert'] },
      state: () => new Book(number),
      onEvents(chunk, { state }) {
        for (const event of chunk) {
          state.handle(event)
          if (event.type !== 'alert' || number < SUBSCRIBERS - 1) continue
          const sample = done[Number(event.id.slice(6))]
          if (sample !== undefined) sample.handledAt = monotonicMs()
        }
      },
    }),
  )
  const room = depth * 2
  const engine = createEngine({
    strategies,
    lanes: { alert: 'critical' },
    queue: { capacity: room, highWater: room },
  })
  await engine.start()
  const workload = new Workload(250_000)
  let published = 0
  const fill = (): void => {
    const missing = room - SPARE - engine.ledger().events.queued
    for (let left = missing; left > 0; left -= 1) {
      engine.offer(workload.draft(published))
      published += 1
    }
  }
  // A market that has never had an alert before is not the one that is measured: the compiler sees some first.
  for (let at = 0; at < WARM_UP; at += 1) {
    await engine.publish(workload.draft(published))
    published += 1
    if (at % ALERT_EVERY === 0) await engine.publish(alert({ kind: 'halt', score: 1, symbol: 'SYM00' }))
  }
  await engine.drain()
  fill()
  let leastDepth = Number.POSITIVE_INFINITY
  while (done.length < samples) {
    const dueAt = monotonicMs() + EVERY_MS
    await wait(EVERY_MS)
    const { queued } = engine.ledger().events
    if (queued < depth) {
      fill()
      continue
    }
    leastDepth = Math.min(leastDepth, queued)
    const sample = { publishedAt: monotonicMs(), dueAt, handledAt: Number.NaN }
    done.push(sample)
    const receipt = engine.offer(alert({ id: `alert:${done.length - 1}`, kind: 'halt', score: 1, symbol: 'SYM00' }))
    if (receipt.status !== 'accepted') throw new Error(`a critical event was ${receipt.status}`)
  }
  await engine.drain()
  await engine.stop()
  const since = (from: 'publishedAt' | 'dueAt'): number[] => done.map((sample) => sample.handledAt - sample[from])
  const own = since('publishedAt')
  return {
    p50Ms: quantile(own, 0.5),
    p99Ms: quantile(own, 0.99),
    maxMs: quantile(own, 1),
    arrivalP99Ms: quantile(since('dueAt'), 0.99),
    leastDepth,
  }
}
