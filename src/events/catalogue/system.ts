import { z } from 'zod'
import { defineEvent } from '../define.js'
import { count, durationMs, epochMs, name, note } from './fields.js'

// Each says who publishes it. What is for a host's own use the engine never publishes: a host that wants such a fact
// among its events listens by `engine.on`, where the engine tells it, and publishes it.

// What is said of the engine waits behind what it is there for.
const lane = 'low'

/** Every part of the engine has started. For a host's own use: an engine tells it by `on('state')` alone. */
export const systemStarted = defineEvent({
  type: 'system.started',
  lane,
  payload: z.object({ engine: name.optional() }),
})

/** The engine goes down. For a host's own use: an engine tells it by `on('state')` alone. */
export const systemStopping = defineEvent({
  type: 'system.stopping',
  lane,
  payload: z.object({ engine: name.optional(), reason: note.optional() }),
})

/**
 * The engine's health changed. Published by the engine itself, but for runs over recordings and where
 * `health.publish` is false.
 */
export const systemHealth = defineEvent({
  type: 'system.health',
  lane,
  payload: z.object({ state: z.enum(['healthy', 'degraded', 'critical']), reasons: z.array(note).max(64) }),
})

/** A strategy changed its state. For a host's own use: an engine tells it by `on('strategy')` alone. */
export const systemStrategy = defineEvent({
  type: 'system.strategy',
  lane,
  payload: z.object({ strategy: name, state: name, reason: note.optional() }),
})

/** A circuit breaker changed its state. For a host's own use: an engine shows it in `breakers` alone. */
export const systemBreaker = defineEvent({
  type: 'system.breaker',
  lane,
  payload: z.object({
    breaker: name,
    state: z.enum(['closed', 'open', 'half-open', 'isolated', 'disabled']),
    reason: note.optional(),
  }),
})

/** A feed has its connection and its subscriptions. Published by `httpFeed`, once it was lost; other feeds may. */
export const feedConnected = defineEvent({
  type: 'feed.connected',
  lane,
  payload: z.object({ feed: name, attempt: count.optional() }),
})

/** A feed lost its connection. Published by `httpFeed`; other feeds may. */
export const feedDisconnected = defineEvent({
  type: 'feed.disconnected',
  lane,
  payload: z.object({ feed: name, reason: note.optional(), retryInMs: durationMs.optional() }),
})

/** A feed is connected and mute for longer than it should be. For a feed's or a host's own use: no engine tells it. */
export const feedStale = defineEvent({
  type: 'feed.stale',
  lane,
  payload: z.object({ feed: name, silentMs: durationMs }),
})

/**
 * Something is missing between two events of a feed: by time, by the vendor's numbers, or by both. Published by
 * `httpFeed` for the time without an answer; other feeds may.
 */
export const feedGap = defineEvent({
  type: 'feed.gap',
  lane,
  payload: z.object({
    feed: name,
    /** The last time seen before the gap and the first after it: UTC epoch milliseconds. */
    fromTimestamp: epochMs.optional(),
    toTimestamp: epochMs.optional(),
    /** The vendor's last number before the gap and its first after it. */
    fromNumber: count.optional(),
    toNumber: count.optional(),
    /** How many events are missing, where that is known. */
    missed: count.optional(),
    reason: note.optional(),
  }),
})

/**
 * A feed has come to its end. For a feed's or a host's own use: an engine shows it in its
 * health alone, where a live one ended unasked.
 */
export const feedEnded = defineEvent({
  type: 'feed.ended',
  lane,
  payload: z.object({ feed: name, events: count.optional(), problems: count.optional() }),
})
