import { z } from 'zod'
import { defineEvent, type PayloadOf } from '../define.js'
import { count, durationMs, epochMs, name, note } from './fields.js'

// What the engine says of itself waits behind what it is there for.
const lane = 'low'

/** Every part of the engine has started. */
export const systemStarted = defineEvent({
  type: 'system.started',
  lane,
  payload: z.object({ engine: name.optional() }),
})
export type SystemStartedPayload = PayloadOf<typeof systemStarted>

/** The engine goes down. */
export const systemStopping = defineEvent({
  type: 'system.stopping',
  lane,
  payload: z.object({ engine: name.optional(), reason: note.optional() }),
})
export type SystemStoppingPayload = PayloadOf<typeof systemStopping>

/** The engine's health changed. */
export const systemHealth = defineEvent({
  type: 'system.health',
  lane,
  payload: z.object({ state: z.enum(['healthy', 'degraded', 'critical']), reasons: z.array(note).max(64) }),
})
export type SystemHealthPayload = PayloadOf<typeof systemHealth>

/** A strategy changed its state. */
export const systemStrategy = defineEvent({
  type: 'system.strategy',
  lane,
  payload: z.object({ strategy: name, state: name, reason: note.optional() }),
})
export type SystemStrategyPayload = PayloadOf<typeof systemStrategy>

/** A circuit breaker changed its state. */
export const systemBreaker = defineEvent({
  type: 'system.breaker',
  lane,
  payload: z.object({
    breaker: name,
    state: z.enum(['closed', 'open', 'half-open', 'isolated', 'disabled']),
    reason: note.optional(),
  }),
})
export type SystemBreakerPayload = PayloadOf<typeof systemBreaker>

/** A feed has its connection and its subscriptions. */
export const feedConnected = defineEvent({
  type: 'feed.connected',
  lane,
  payload: z.object({ feed: name, attempt: count.optional() }),
})
export type FeedConnectedPayload = PayloadOf<typeof feedConnected>

/** A feed lost its connection. */
export const feedDisconnected = defineEvent({
  type: 'feed.disconnected',
  lane,
  payload: z.object({ feed: name, reason: note.optional(), retryInMs: durationMs.optional() }),
})
export type FeedDisconnectedPayload = PayloadOf<typeof feedDisconnected>

/** A feed is connected and mute for longer than it should be. */
export const feedStale = defineEvent({
  type: 'feed.stale',
  lane,
  payload: z.object({ feed: name, silentMs: durationMs }),
})
export type FeedStalePayload = PayloadOf<typeof feedStale>

/** Something is missing between two events of a feed: by time, by the vendor's numbers, or by both. */
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
export type FeedGapPayload = PayloadOf<typeof feedGap>

/** A feed has come to its end. */
export const feedEnded = defineEvent({
  type: 'feed.ended',
  lane,
  payload: z.object({ feed: name, events: count.optional(), problems: count.optional() }),
})
export type FeedEndedPayload = PayloadOf<typeof feedEnded>
