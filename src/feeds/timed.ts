import { EventDraft } from '../events/draft.js'
import { toEpochMs } from '../events/time.js'
import { type FeedItem, isFeedProblem } from './feed.js'

/** Items and the time by which each is ordered. */
export interface TimedBatch {
  readonly times: Float64Array
  readonly items: readonly FeedItem[]
}

/** The event time of an item, or undefined for one that has none or none that is valid. Never throws. */
function itemTime(item: FeedItem): number | undefined {
  if (isFeedProblem(item)) return undefined
  try {
    if (item instanceof EventDraft) return item.timestamp
    if (typeof item !== 'object' || item === null || item.timestamp === undefined) return undefined
    const epochMs = toEpochMs(item.timestamp)
    return typeof epochMs === 'number' ? epochMs : undefined
  } catch {
    // It cannot be read: the edge of the engine says so, and its neighbours keep their places.
    return undefined
  }
}

/**
 * Times of a feed's items in turn. An item without a time (a problem, an input that will be found
 * invalid) keeps its place: it gets the time of the item before it.
 */
export function timeline(): (items: readonly FeedItem[]) => TimedBatch {
  let last = Number.NEGATIVE_INFINITY
  return (items) => {
    const times = new Float64Array(items.length)
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i]
      const time = item === undefined ? undefined : itemTime(item)
      if (time !== undefined) last = time
      times[i] = last
    }
    return { times, items }
  }
}
