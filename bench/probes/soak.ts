import { setTimeout as wait } from 'node:timers/promises'
import { monotonicMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { quantile } from '../harness/statistics.js'
import { SUBSCRIBERS, SYMBOLS } from '../load/workload.js'
import { createEngine, defineStrategy, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface Soak {
  readonly events: number
  readonly deadLettered: number
  readonly unbalanced: number
  /** p99 from due to handled, of the second minute and of the last. */
  readonly secondP99Ms: number
  readonly lastP99Ms: number
  readonly lastToSecond: number
  /** From the end of the second minute to the end, both collected. */
  readonly heapGrowthMb: number
}

/** One event in so many fails a handler at once, rejects its promise, or is answered after a while. */
const THROWS_EVERY = 1_009
const REJECTS_EVERY = 2_003
const DAWDLES_EVERY = 4_001
const DAWDLE_MS = 50

const heldMb = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

/**
 * A steady rate for minutes, with strategies that throw, reject and dawdle now and then: the memory has
 * to stay flat, the ledger exact, and the last minute as quick as the second (the first warms up).
 */
export const soak = async (settings: Settings): Promise<Soak> => {
  const perSecond = setting(settings, 'perSecond')
  const minuteMs = setting(settings, 'minuteMs')
  const minutes = setting(settings, 'minutes')
  const perMinute = Math.floor((perSecond * minuteMs) / 1_000)
  const waits = new Float64Array(perMinute)
  let measured = 0
  let begin = 0
  const steady = Array.from({ length: SUBSCRIBERS - 3 }, (_, number) =>
    defineStrategy({
      name: `steady-${number}`,
      subscribe: { types: ['trade'] },
      state: () => new Map<string, number>(),
      onEvents(chunk, { state }) {
        for (const { symbol = '', payload } of chunk) state.set(symbol, payload.price)
        if (number > 0) return
        const now = monotonicMs() - begin
        for (const { payload } of chunk) {
          if (measured < waits.length) waits[measured] = now - ((payload.size - 1) / perSecond) * 1_000
          measured += 1
        }
      },
    }),
  )
  const faulty = [
    defineStrategy({
      name: 'throws',
      subscribe: { types: ['trade'] },
      onEvent({ payload }) {
        if (payload.size % THROWS_EVERY === 0) throw new Error('thrown')
      },
    }),
    defineStrategy({
      name: 'rejects',
      subscribe: { types: ['trade'] },
      onEvent: ({ payload }) =>
        payload.size % REJECTS_EVERY === 0 ? Promise.reject(new Error('rejected')) : undefined,
    }),
    defineStrategy({
      name: 'dawdles',
      subscribe: { types: ['trade'] },
      lateAfterMs: 10,
      onEvent: ({ payload }) => (payload.size % DAWDLES_EVERY === 0 ? wait(DAWDLE_MS) : undefined),
    }),
  ]
  const engine = createEngine({ strategies: [...steady, ...faulty] })
  await engine.start()
  const events = perMinute * minutes
  const p99s: number[] = []
  let heapAfterSecond = 0
  begin = monotonicMs()
  for (let next = 0; next < events; ) {
    const due = Math.min(events, Math.floor(((monotonicMs() - begin) / 1_000) * perSecond) + 1)
    for (; next < due; next += 1) {
      // Not one of the ids comes twice, and sizes number the events.
      const draft = trade({
        id: `soak:${next}`,
        symbol: `SYM${next % SYMBOLS}`,
        price: 1 + (next % 97),
        size: next + 1,
      })
      await engine.publish(draft)
      if ((next + 1) % perMinute !== 0) continue
      await engine.drain()
      p99s.push(quantile([...waits.subarray(0, Math.min(measured, waits.length))], 0.99))
      measured = 0
      if (p99s.length === 2) heapAfterSecond = heldMb()
      // What the collection and the drain took is nobody's wait.
      begin = monotonicMs() - ((next + 1) / perSecond) * 1_000
    }
    await wait(1)
  }
  await engine.drain()
  const heapGrowthMb = heldMb() - heapAfterSecond
  const { clean, ledger } = await engine.stop()
  const { published, settled } = ledger.events
  const { due, succeeded, deadLettered, skipped } = ledger.deliveries
  if (!clean || settled !== published) throw new Error(`the ledger does not show the run: ${JSON.stringify(ledger)}`)
  const [, second = Number.NaN] = p99s
  const last = p99s.at(-1) ?? Number.NaN
  return {
    events: published,
    deadLettered,
    unbalanced: due - succeeded - deadLettered - skipped,
    secondP99Ms: second,
    lastP99Ms: last,
    lastToSecond: last / second,
    heapGrowthMb,
  }
}
