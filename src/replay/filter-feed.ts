import { toEpochMs } from '../events/time.js'
import { type Feed, type FeedItem, isFeedProblem } from '../feeds/feed.js'
import { wrapFeed } from '../feeds/wrap.js'
import type { Selection } from '../history/query.js'

/**
 * Of a recording what a selection asks for, by type, symbol and event time; a limit counts what passes.
 * Broken records pass, as nothing is known of them, and so does an event without a time of its own.
 */
export function filterFeed(feed: Feed, selection: Selection): Feed {
  async function* read(context: Parameters<Feed['read']>[0]): AsyncGenerator<readonly FeedItem[]> {
    let left = selection.limit
    for await (const batch of feed.read(context)) {
      const kept: FeedItem[] = []
      for (const item of batch) {
        if (isFeedProblem(item)) kept.push(item)
        else if (left > 0 && mayWant(item, selection)) {
          kept.push(item)
          left -= 1
        }
      }
      if (kept.length > 0) yield kept
      if (left === 0) return
    }
  }

  return wrapFeed(feed, read)
}

/** What is no event, or cannot be read, passes as a broken record does: the edge of the engine says what is wrong. */
function mayWant(item: unknown, selection: Selection): boolean {
  try {
    return wants(item, selection)
  } catch {
    return true
  }
}

/** An item that is no draft was looked at by nobody yet: what cannot be judged passes. */
function wants(item: unknown, { types, symbols, from, to }: Selection): boolean {
  if (typeof item !== 'object' || item === null) return true
  const { type, symbol, symbols: several, timestamp } = item as Readonly<Record<string, unknown>>
  if (typeof type !== 'string') return true
  if (types !== undefined && !types(type)) return false
  if (symbols !== undefined) {
    const concerned = Array.isArray(several) ? [...several, symbol] : [symbol]
    const judged = several === undefined || Array.isArray(several)
    if (judged && !concerned.some((name) => typeof name === 'string' && symbols(name))) return false
  }
  const time = timeOf(timestamp)
  return time === undefined || (time >= from && time < to)
}

function timeOf(timestamp: unknown): number | undefined {
  if (timestamp === undefined) return undefined
  const time = toEpochMs(timestamp)
  return typeof time === 'number' ? time : undefined
}
