import { fileURLToPath } from 'node:url'
import { monotonicMs, processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { Book } from '../load/book.js'
import { SUBSCRIBERS } from '../load/workload.js'
import { createEngine, defineStrategy, leanFeed } from '../outcry.js'

export interface RealDay {
  readonly events: number
  readonly deliveries: number
  readonly elapsedMs: number
  readonly processorMs: number
  readonly eventsPerSecond: number
  readonly peakRssMb: number
  readonly digest: string | undefined
}

export const REAL_DAY_SYMBOLS = ['spy', 'bac', 'aig', 'ibm'] as const

/** Beside the project, where the market data lies that is not part of it. */
export const realDayPath = (symbol: string): string =>
  fileURLToPath(
    new URL(`../../../../shared/data/market/lean/equity/usa/tick/${symbol}/20131010_trade.zip`, import.meta.url),
  )

/** Every trade of four symbols on one day, read from its archives, merged by time and handled by ten strategies. */
export const realDay = async (_settings: Settings): Promise<RealDay> => {
  const strategies = Array.from({ length: SUBSCRIBERS }, (_, number) =>
    defineStrategy({
      name: `subscriber-${number}`,
      subscribe: { types: ['trade'] },
      state: () => new Book(number),
      onEvents(chunk, { state }) {
        for (const event of chunk) state.handle(event)
      },
    }),
  )
  const feeds = REAL_DAY_SYMBOLS.map((symbol) => leanFeed(realDayPath(symbol)))
  const engine = createEngine({ strategies, feeds })
  const begin = monotonicMs()
  const used = processorMs()
  await engine.start()
  await engine.finished()
  const elapsedMs = monotonicMs() - begin
  const usedMs = processorMs() - used
  const { events, deliveries } = engine.ledger()
  const digest = engine.digest()
  await engine.stop()
  if (events.settled !== events.published || deliveries.succeeded !== events.settled * SUBSCRIBERS)
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
