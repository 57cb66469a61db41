import { OutcryError } from '../errors.js'
import { describeValue } from '../events/invalid.js'
import type { Feed, FeedContext, FeedItem } from '../feeds/feed.js'
import { wrapFeed } from '../feeds/wrap.js'

/**
 * A feed whose batches are looked at before the engine gets them: a module's feed is a stranger's
 * code, and what it yields wrongly is to be said in words, not as the engine's own stumbling over it.
 *
 * @throws OutcryError from `read`: `OUTCRY_FEED_FAILED` for what is no batch.
 */
export function checkedFeed(feed: Feed): Feed {
  const failed = (what: string, value: unknown, wanted: string): OutcryError =>
    new OutcryError('OUTCRY_FEED_FAILED', `${feed.name}: ${what} ${describeValue(value)}, and should ${wanted}`, {
      path: feed.name,
      value,
    })

  async function* read(context: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    for await (const batch of feed.read(context)) {
      if (!Array.isArray(batch)) throw failed('read() yielded', batch, 'yield arrays of items')
      yield batch
    }
  }

  return wrapFeed(feed, read)
}
