import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type EventDraft, type Feed, leanFeed, memoryFeed, news } from '../outcry.js'

/** Beside the project, where the recordings lie that are not part of it. */
const data = (path: string): string => fileURLToPath(new URL(`../../../../shared/data/${path}`, import.meta.url))

const TRADES = ['spy', 'bac', 'aig', 'ibm'].map((symbol) =>
  data(`market/lean/equity/usa/tick/${symbol}/20131010_trade.zip`),
)
const NEWS = data('news/stocknet/tweets-88tickers-2014-06-02_09.jsonl')

/** What was traded in them. */
export const TRADES_OF_THE_DAY = 661_332
const MIDNIGHT = Date.UTC(2013, 9, 10)
const DAY_MS = 86_400_000
/** When the exchange was open that day, in New York's summer time; UTC epoch milliseconds. */
export const OPENS_AT = MIDNIGHT + 13.5 * 3_600_000
export const CLOSES_AT = MIDNIGHT + 20 * 3_600_000

export const hasRecordedDay = (): boolean => [...TRADES, NEWS].every((path) => existsSync(path))

interface Item {
  readonly id: string
  readonly created_at: string
  readonly text: string
  readonly symbols: readonly string[]
}

/** The recorded news is of another week: each item keeps its time of day and moves to the day of the trades. */
function newsOfTheDay(): EventDraft[] {
  const items = new Map<string, Item>()
  for (const line of readFileSync(NEWS, 'utf8').split('\n')) {
    if (line === '') continue
    const item = JSON.parse(line) as Item
    items.set(item.id, item)
  }
  const drafts = [...items.values()].map(({ id, created_at, text, symbols }) =>
    news({ id, timestamp: MIDNIGHT + (Date.parse(created_at) % DAY_MS), source: 'stocknet', symbols, headline: text }),
  )
  return drafts.toSorted((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0))
}

/** Feeds of the whole day, each in order of time, and how many events they have. */
export function recordedDay(): { readonly feeds: readonly Feed[]; readonly events: number } {
  const items = newsOfTheDay()
  const feeds = [...TRADES.map((path) => leanFeed(path)), memoryFeed('news', items)]
  return { feeds, events: TRADES_OF_THE_DAY + items.length }
}

/** The part of a feed between two times, UTC epoch milliseconds. */
export const between = (feed: Feed, from: number, to: number): Feed => ({
  name: feed.name,
  recorded: feed.recorded,
  async *read(context) {
    for await (const batch of feed.read(context)) {
      const kept = batch.filter(
        (item) =>
          !('timestamp' in item) ||
          typeof item.timestamp !== 'number' ||
          (item.timestamp >= from && item.timestamp < to),
      )
      if (kept.length > 0) yield kept
    }
  },
})
