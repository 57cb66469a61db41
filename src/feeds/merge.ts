import { OutcryError } from '../errors.js'
import type { Feed, FeedContext, FeedItem } from './feed.js'
import { feedError } from './files.js'
import { mergeSorted } from './merge-sorted.js'
import { type TimedBatch, timeline } from './timed.js'

/** A feed's items with their times. */
export async function* timed(feed: Feed, context: FeedContext): AsyncGenerator<TimedBatch> {
  const stamp = timeline()
  for await (const items of feed.read(context)) yield stamp(items)
}

/** @throws OutcryError `OUTCRY_OPTION_INVALID` for a live feed, which has no end to wait for. */
export function requireRecorded(feed: Feed, owner: string): void {
  if (feed.recorded) return
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${owner}: feed ${feed.name} is live; only recordings have an order`, {
    path: owner,
    value: feed.name,
  })
}

/**
 * One feed out of several recordings, by (timestamp, order in the list, order within the feed).
 * Batches are pulled lazily, one of each feed is held at a time. Problems keep their place behind
 * the item before them. Ending the iteration early, or an error in one feed, closes all of them.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` when a feed is live.
 */
export function mergeFeeds(feeds: readonly Feed[]): Feed {
  const name = feeds.map((feed) => feed.name).join(' + ')
  for (const feed of feeds) requireRecorded(feed, 'mergeFeeds')

  async function* read(context: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    // A feed may learn what it is only in `prepare`, as a module's does.
    for (const feed of feeds) requireRecorded(feed, 'mergeFeeds')
    try {
      for await (const { items } of mergeSorted(feeds.map((feed) => timed(feed, context)))) {
        if (context.signal.aborted) return
        yield items
      }
    } catch (error) {
      throw feedError(error, name)
    }
  }

  return {
    name,
    recorded: true,
    get total() {
      let sum = 0
      for (const { total } of feeds) {
        if (total === undefined) return undefined
        sum += total
      }
      return sum
    },
    progress: () => feeds.reduce((sum, feed) => sum + (feed.progress?.() ?? 0), 0),
    async prepare() {
      for (const feed of feeds) await feed.prepare?.()
    },
    read,
  }
}
