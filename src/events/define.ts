import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { safeParse, valueAt } from '../safe-parse.js'
import { CONFLATE_EXPECTED, type Conflate, isConflate } from './conflate.js'
import type { EventDraft } from './draft.js'
import { ENVELOPE_NAMES } from './envelope.js'
import { LANES, type Lane, type OutcryEvent } from './event.js'
import type { Immutable } from './immutable.js'
import { Invalid } from './invalid.js'
import { EventParser } from './parser.js'
import { isEventTypeName } from './patterns.js'
import { fieldsOf, invalidPayload, neverTakesObject, type PayloadSchema } from './payload.js'
import { isTtl } from './ttl.js'

/** What every event may carry beside its payload. */
export interface EnvelopeInput {
  readonly id?: string | undefined
  /** UTC epoch milliseconds, an ISO 8601 string with an offset, or a Date. */
  readonly timestamp?: number | string | Date | undefined
  readonly source?: string | undefined
  readonly symbol?: string | undefined
  readonly symbols?: readonly string[] | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  /** Sets `causationId` and `correlationId` from the event that caused this one. */
  readonly cause?: OutcryEvent | undefined
}

/** A type of event: call it (or `create`) with envelope and payload fields side by side. */
export interface EventDefinition<T extends string = string, P = unknown, I = never> {
  (input: EnvelopeInput & I): EventDraft<T, P>
  readonly type: T
  readonly version: number
  /** The lane it travels in, unless an engine's `lanes` option says otherwise. */
  readonly lane: Lane
  /** Queued for longer than this it expires and is not delivered; undefined: never. Milliseconds. */
  readonly ttlMs: number | undefined
  /** Whether and how an event that still waits is replaced by a newer one of its type, source and symbol. */
  readonly conflate: Conflate
  readonly payload: z.ZodType<P>
  /** Validates once; throws OUTCRY_EVENT_INVALID naming the path and the value. */
  create(input: EnvelopeInput & I): EventDraft<T, P>
  /** As `create`, for input that nobody has vouched for: answers what is wrong and never throws. */
  safeCreate(input: unknown): EventDraft<T, P> | Invalid
  /** As `safeCreate`, for the wire form, whose payload is a field of its own. */
  safeParse(input: unknown): EventDraft<T, P> | Invalid
  /** Whether an event is of this type. */
  is(event: OutcryEvent): event is OutcryEvent<T, P>
}

/** Whether something from outside is what `defineEvent` has made, as far as can be told without its schema. */
export const isDefinition = (value: unknown): boolean => typeof valueAt(value, ['type']) === 'string'

export const DEFINITION_EXPECTED = 'expected what defineEvent has made'

/** The event that a definition defines. */
export type EventOf<D> = D extends EventDefinition<infer T, infer P, never> ? OutcryEvent<T, P> : never
/** The payload of the event that a definition defines. */
export type PayloadOf<D> = D extends EventDefinition<string, infer P, never> ? P : never

export interface EventOptions<T extends string, S extends PayloadSchema> {
  /** A dotted lower-case identifier, such as `order.fill`. */
  readonly type: T
  /** A synchronous zod schema of an object, none of whose fields has the name of an envelope field. */
  readonly payload: S
  /** Version of the payload's schema. Default 1. */
  readonly version?: number
  /** Default `normal`. */
  readonly lane?: Lane
  /** How long it may wait in the queue before it expires, on the run's clock. Milliseconds; default for ever. */
  readonly ttlMs?: number
  /**
   * Whether an event that is still queued is replaced, where it stands, by a newer one of the same
   * source and symbol: for what only the latest value counts of, such as quotes. With a window, also,
   * at most one of them enters the queue in each window of so many milliseconds. Default false.
   */
  readonly conflate?: Conflate
}

const optionsSchema = z.strictObject({
  type: z.string().refine(isEventTypeName, 'expected a dotted lower-case identifier such as order.fill'),
  payload: z.instanceof(z.ZodType, { error: 'expected a zod schema' }),
  version: z.int().min(1).max(1_000_000).default(1),
  lane: z.enum(LANES).default('normal'),
  ttlMs: z.custom<number>(isTtl, 'expected milliseconds above 0, or Infinity').optional(),
  conflate: z.custom<Conflate>(isConflate, CONFLATE_EXPECTED).default(false),
})

function checkedOptions(options: unknown): z.output<typeof optionsSchema> {
  const result = safeParse(optionsSchema, options)
  if (!result.success) {
    const { reason, path, value } = invalidPayload('defineEvent', undefined, options, result.error.issues, [])
    throw new OutcryError('OUTCRY_OPTION_INVALID', reason, { path, value })
  }
  const { type, payload } = result.data
  if (neverTakesObject(payload)) {
    const message = `defineEvent: the payload of ${type} is a ${payload.type} schema: expected an object schema`
    throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'payload', value: payload.type })
  }
  const clash = fieldsOf(payload).find((field) => ENVELOPE_NAMES.has(field))
  if (clash !== undefined) {
    const message = `defineEvent: the payload of ${type} has a field ${clash}, which the envelope has already: rename it`
    throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: `payload.${clash}`, value: clash })
  }
  return result.data
}

/**
 * Defines a type of event. Types are inferred from the schema; validation is compiled once, here,
 * and runs once an event, when it is created.
 *
 * @example
 * const earnings = defineEvent({ type: 'earnings', payload: z.object({ eps: z.number() }) })
 * await engine.publish(earnings({ symbol: 'AAPL', eps: 1.53 }))
 *
 * @throws OutcryError OUTCRY_OPTION_INVALID for a name, schema, version or lane that is not usable.
 */
export function defineEvent<const T extends string, S extends PayloadSchema>(
  options: EventOptions<T, S>,
): EventDefinition<T, Immutable<z.output<S>>, Immutable<z.input<S>>> {
  type Payload = Immutable<z.output<S>>
  type Fields = Immutable<z.input<S>>
  type Input = EnvelopeInput & Fields

  const { version, lane, ttlMs, conflate } = checkedOptions(options)
  const { type, payload } = options

  function create(input: Input): EventDraft<T, Payload> {
    const draft = parser.flat(input)
    if (draft instanceof Invalid) {
      throw new OutcryError('OUTCRY_EVENT_INVALID', draft.reason, { path: draft.path, value: draft.value })
    }
    return draft
  }

  // A function of its own for each definition, as it is given fields.
  const definition: EventDefinition<T, Payload, Fields> = Object.assign((input: Input) => create(input), {
    type,
    version,
    lane,
    ttlMs,
    conflate,
    // Its output is typed mutable by zod, and handed out read-only.
    payload: payload as unknown as z.ZodType<Payload>,
    create,
    safeCreate: (input: unknown) => parser.flat(input),
    safeParse: (input: unknown) => parser.wire(input),
    is: (event: OutcryEvent): event is OutcryEvent<T, Payload> => event.type === type,
  })
  const parser = new EventParser<T, Payload>(definition, payload)
  return definition
}
