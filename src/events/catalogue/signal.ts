import { z } from 'zod'
import { defineEvent, type PayloadOf } from '../define.js'
import { note, unit } from './fields.js'

/** What a strategy answers. Its `source` is the strategy, its `causationId` the event it answers. */
export const signal = defineEvent({
  type: 'signal',
  lane: 'high',
  payload: z.object({
    side: z.enum(['buy', 'sell', 'flat']),
    /** Conviction, 0 to 1. */
    strength: unit,
    /** Why, in a few words. */
    reason: note.optional(),
  }),
})
export type SignalPayload = PayloadOf<typeof signal>
export type SignalSide = SignalPayload['side']
