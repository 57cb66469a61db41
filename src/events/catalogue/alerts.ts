import { z } from 'zod'
import { defineEvent, type PayloadOf } from '../define.js'
import { count, durationMs, note, price, unit } from './fields.js'

const common = {
  /** How remarkable it is, 0 to 1. */
  score: unit,
  message: note.optional(),
  /** Length of the window it was seen in, in milliseconds. */
  windowMs: durationMs.optional(),
}

/** What a scanner found; `kind` says what, and which other fields there are. */
export const alert = defineEvent({
  type: 'alert',
  lane: 'high',
  payload: z.discriminatedUnion('kind', [
    z.object({
      ...common,
      kind: z.literal('price-breakout'),
      direction: z.enum(['up', 'down']),
      price,
      /** The level that was broken. */
      level: price,
    }),
    z.object({
      ...common,
      kind: z.literal('volume-spike'),
      volume: z.number().nonnegative(),
      /** What the volume usually is. */
      baseline: z.number().nonnegative(),
    }),
    z.object({ ...common, kind: z.literal('gap'), price, previousClose: price }),
    z.object({ ...common, kind: z.literal('halt'), reason: note.optional() }),
    z.object({ ...common, kind: z.literal('resume'), reason: note.optional() }),
    z.object({
      ...common,
      kind: z.literal('news-burst'),
      /** Items in the window. */
      count,
      /** What their number usually is. */
      baseline: z.number().nonnegative().optional(),
    }),
    z.object({
      ...common,
      kind: z.literal('sentiment-shift'),
      /** From -1 (bad) to 1 (good). */
      sentiment: z.number().min(-1).max(1),
      previousSentiment: z.number().min(-1).max(1).optional(),
    }),
    z.object({
      ...common,
      kind: z.literal('spread-widening'),
      spread: z.number(),
      baseline: z.number().nonnegative().optional(),
    }),
  ]),
})
export type AlertPayload = PayloadOf<typeof alert>
export type AlertKind = AlertPayload['kind']
