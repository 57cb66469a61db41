import type { Feed } from './feed.js'

/**
 * A feed that reads another one in its own way. All else is the other's, and asked of it each time, as a
 * module's feed learns what it is only when it is prepared.
 */
export function wrapFeed(feed: Feed, read: Feed['read']): Feed {
  return {
    get name() {
      return feed.name
    },
    get recorded() {
      return feed.recorded
    },
    get breaker() {
      return feed.breaker
    },
    get total() {
      return feed.total
    },
    // A feed that cannot say how far it is has no such function, which a progress bar looks for.
    ...(feed.progress === undefined ? {} : { progress: () => feed.progress?.() ?? 0 }),
    ...(feed.prepare === undefined ? {} : { prepare: async () => feed.prepare?.() }),
    read,
  }
}
