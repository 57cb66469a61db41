import type { EventDraft, EventInput } from '../events/draft.js'
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
function mayWant(item: EventDraft | EventInput, selection: Selection): boolean {
  try {
    return typeof item.type !== 'string' || wants(item, selection)
  } catch {
    return true
  }
}

function wants(item: EventDraft | EventInput, { types, symbols, from, to }: Selection): boolean {
  if (types !== undefined && !types(item.type)) return false
  if (symbols !== undefined) {
    const concerned = item.symbols ?? (item.symbol === undefined ? [] : [item.symbol])
    if (!concerned.some((symbol) => symbols(symbol)) && (item.symbol === undefined || !symbols(item.symbol)))
      return false
  }
  const time = timeOf(item)
  return time === undefined || (time >= from && time < to)
}

function timeOf({ timestamp }: EventDraft | EventInput): number | undefined {
  if (typeof timestamp === 'number' || timestamp === undefined) return timestamp
  const time = toEpochMs(timestamp)
  return typeof time === 'number' ? time : undefined
}
