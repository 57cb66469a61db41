import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OutcryError } from '../errors.js'
import { describeValue } from '../events/invalid.js'
import type { Feed, FeedContext, FeedItem } from './feed.js'
import { feedError, requireFile } from './files.js'

const invalid = (feed: string, what: string, value?: unknown, cause?: unknown): OutcryError =>
  new OutcryError('OUTCRY_MODULE_INVALID', `${feed}: ${what}`, { path: feed, value, cause })

const isFeed = (value: unknown): value is Feed =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'recorded' in value &&
  typeof value.recorded === 'boolean' &&
  'read' in value &&
  typeof value.read === 'function'

async function load(path: string, feed: string): Promise<Feed> {
  await requireFile(path, feed)
  let found: unknown
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(resolve(path)).href)
    found = module.default ?? module.feed
    if (typeof found === 'function') found = await found()
  } catch (error) {
    throw invalid(feed, `it cannot be loaded: ${error instanceof Error ? error.message : error}`, path, error)
  }
  if (isFeed(found)) return found
  const wanted = 'its default export, or `feed`, should be a feed (name, recorded, read) or a function that makes one'
  throw invalid(feed, `${wanted}, and is ${describeValue(found)}`, found)
}

/**
 * A feed of one's own, from an ES module whose default export, or export `feed`, is a {@link Feed} or
 * a function (it may be asynchronous) that makes one. The path is relative to the working directory.
 *
 * The module is loaded in `prepare`. Until then `recorded` is true, afterwards what the feed says.
 *
 * @throws OutcryError from `prepare`: `OUTCRY_FEED_FILE`, and `OUTCRY_MODULE_INVALID` for a module
 * that cannot be loaded or exports no feed.
 */
export function moduleFeed(path: string): Feed {
  const name = `module:${path}`
  let loading: Promise<Feed> | undefined
  let feed: Feed | undefined

  async function loaded(): Promise<Feed> {
    loading ??= load(path, name)
    feed = await loading
    return feed
  }

  async function* read(context: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    try {
      yield* (await loaded()).read(context)
    } catch (error) {
      throw feedError(error, name)
    }
  }

  return {
    get name() {
      return feed?.name ?? name
    },
    get recorded() {
      return feed?.recorded ?? true
    },
    get breaker() {
      return feed?.breaker
    },
    get total() {
      return feed?.total
    },
    progress: () => feed?.progress?.() ?? 0,
    async prepare() {
      await (await loaded()).prepare?.()
    },
    read,
  }
}
