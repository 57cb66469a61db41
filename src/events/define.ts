import type { z } from 'zod'
import type { EventDraft } from './draft.js'
import type { Lane, OutcryEvent } from './event.js'

/** What every event may carry beside its payload. */
export interface EnvelopeInput {
  readonly id?: string
  /** UTC epoch milliseconds, an ISO 8601 string with an offset, or a Date. */
  readonly timestamp?: number | string | Date
  readonly source?: string
  readonly symbol?: string
  readonly symbols?: readonly string[]
  readonly correlationId?: string
  readonly causationId?: string
  /** Sets `causationId` and `correlationId` from the event that caused this one. */
  readonly cause?: OutcryEvent
}

/** A type of event: call it (or `create`) with envelope and payload fields side by side. */
export interface EventDefinition<T extends string = string, P = unknown, I = unknown> {
  (input: EnvelopeInput & I): EventDraft<T, P>
  readonly type: T
  readonly version: number
  readonly lane: Lane
  readonly payload: z.ZodType<P>
  create(input: EnvelopeInput & I): EventDraft<T, P>
  is(event: OutcryEvent): event is OutcryEvent<T, P>
}
