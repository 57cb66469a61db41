import { z } from 'zod'
import { parseOptions } from '../options.js'
import type { Feed, FeedContext, FeedItem } from './feed.js'
import { BATCH_ITEMS, feedError } from './files.js'

export interface MemoryFeedOptions {
  /** True (the default) when the items' timestamps move the clock; false when they come as they happen. */
  readonly recorded?: boolean
  /** Items in a batch, 1 to 256 (the default). */
  readonly batchItems?: number
}

const schema = z.strictObject({
  recorded: z.boolean().default(true),
  batchItems: z.int().min(1).max(BATCH_ITEMS).default(BATCH_ITEMS),
})

/**
 * A feed from items at hand: an array, or anything that can be iterated, which is pulled no faster
 * than the engine takes. An array can be read again and again, an iterator once.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`.
 */
export function memoryFeed(
  name: string,
  items: Iterable<FeedItem> | AsyncIterable<FeedItem>,
  options: MemoryFeedOptions = {},
): Feed {
  const { recorded, batchItems } = parseOptions(schema, options, 'memoryFeed')
  let done = 0

  async function* read({ signal }: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    done = 0
    let out: FeedItem[] = []
    try {
      for await (const item of items) {
        if (signal.aborted) return
        out.push(item)
        done += 1
        // A live source may pause for long after any item, and nothing may be held back meanwhile.
        if (out.length < batchItems && recorded) continue
        yield out
        out = []
      }
    } catch (error) {
      throw feedError(error, name)
    }
    if (out.length > 0) yield out
  }

  return {
    name,
    recorded,
    total: Array.isArray(items) ? items.length : undefined,
    progress: () => done,
    read,
  }
}
