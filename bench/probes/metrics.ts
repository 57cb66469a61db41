import type { Settings } from '../harness/probe.js'
import { ratios, rotate } from '../harness/rotation.js'
import { median } from '../harness/statistics.js'
import { cost, keepers } from '../load/cost.js'
import { createEngine, openMetrics } from '../outcry.js'
import { setting } from './setting.js'

export interface MetricsCost {
  readonly scrapedPercent: number
  /** How far the histogram's count is from the events that were handled, in per cent. */
  readonly countErrorPercent: number
  /** Of one scrape, in bytes. */
  readonly scrapeBytes: number
}

/** Far more often than any scraper: one that asks every fifteen seconds costs a hundredth and a half of it. */
const SCRAPE_EVERY_MS = 200

/** Rows 3462 and 3478: an engine that is scraped, against the same engine that is not, in turn. */
export const metrics = async (settings: Settings): Promise<MetricsCost> => {
  const events = setting(settings, 'events')
  const rounds = setting(settings, 'rounds')
  const { metricsText, readMetrics } = await openMetrics()
  const engine = createEngine({ strategies: keepers })
  await engine.start()
  const scrape = (): string => metricsText(readMetrics(engine))
  const { bare, scraped } = await rotate(
    {
      bare: () => cost(engine, events),
      async scraped() {
        const timer = setInterval(scrape, SCRAPE_EVERY_MS)
        const taken = await cost(engine, events)
        clearInterval(timer)
        return taken
      },
    },
    rounds,
  )
  const text = scrape()
  const counted = Number(/^outcry_latency_seconds_count (\d+)$/m.exec(text)?.[1])
  const { settled } = engine.ledger().events
  await engine.stop()
  return {
    scrapedPercent: (median(ratios(scraped, bare)) - 1) * 100,
    countErrorPercent: Math.abs(counted / settled - 1) * 100,
    scrapeBytes: Buffer.byteLength(text),
  }
}
