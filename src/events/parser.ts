import { z } from 'zod'
import type { EventDefinition } from './define.js'
import type { EventDraft } from './draft.js'
import { draftOf, ENVELOPE_NAMES, idOf } from './envelope.js'
import { describeThrown, describeValue, Invalid, shownKey } from './invalid.js'
import { fieldsOf, invalidPayload, isPickable, type PayloadSchema, picking, strictened } from './payload.js'

/** The keys of the wire form. The last three are an accepted event's own: read back, they are decided anew. */
const WIRE_NAMES: ReadonlySet<string> = new Set([
  'type',
  'version',
  'payload',
  'id',
  'timestamp',
  'source',
  'symbol',
  'symbols',
  'correlationId',
  'causationId',
  'receivedAt',
  'sequence',
  'marks',
])

const NO_FIELDS: Readonly<Record<string, unknown>> = {}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Turns input of unknown worth into drafts of one type. Its schemas are compiled once, each when it
 * is first needed: a process that imports the catalogue uses a few of its types, and compiling them
 * all would cost every start some 50 ms.
 *
 * The payload of a draft is always zod's own copy. To hand on the caller's object instead would save
 * 5 of some 150 ns an event, and the caller could then change what is queued.
 */
export class EventParser<T extends string, P> {
  private readonly definition: EventDefinition<T, P>
  private readonly schema: PayloadSchema
  /** Whether the payload's fields can be picked from an object that has the envelope's too. */
  private readonly picks: boolean
  /** The keys of the flat form, payload and envelope in one set, as each key of each event is looked up. */
  private readonly flatNames: ReadonlySet<string>
  private pickingSchema: z.ZodType | undefined
  private strictSchema: z.ZodType | undefined

  constructor(definition: EventDefinition<T, P>, schema: PayloadSchema) {
    this.definition = definition
    this.schema = schema
    this.picks = isPickable(schema)
    this.flatNames = new Set([...fieldsOf(schema), ...ENVELOPE_NAMES])
  }

  /** Envelope and payload side by side. Never throws. */
  flat(input: unknown): EventDraft<T, P> | Invalid {
    try {
      if (!isRecord(input)) return this.notAnObject(input)
      if (!this.picks) return this.flatByCopy(input)
      for (const key in input) if (!this.flatNames.has(key)) return this.unknownKey(input, key)
      this.pickingSchema ??= z.compile(picking(this.schema))
      const result = this.pickingSchema.safeParse(input)
      // The schema was given by whoever defined the event, and P was inferred from it.
      if (result.success) return draftOf(this.definition, input, result.data as P)
      return invalidPayload(this.definition.type, idOf(input), input, result.error.issues, [])
    } catch (error) {
      return this.unreadable(error)
    }
  }

  /** The payload as a field of its own. Never throws. */
  wire(input: unknown): EventDraft<T, P> | Invalid {
    try {
      if (!isRecord(input)) return this.notAnObject(input)
      for (const key in input) if (!WIRE_NAMES.has(key)) return this.unknownKey(input, key)
      const { type, version } = this.definition
      if (input.type !== undefined && input.type !== type) {
        const reason = `${type}: type is ${describeValue(input.type)}: expected ${type}`
        return new Invalid(idOf(input), 'type', reason, input.type)
      }
      if (input.version !== undefined && input.version !== version) {
        const reason = `${type}: version is ${describeValue(input.version)}: this engine knows version ${version}`
        return new Invalid(idOf(input), 'version', reason, input.version)
      }
      const payload = input.payload === undefined ? NO_FIELDS : input.payload
      const result = this.strict().safeParse(payload)
      if (result.success) return draftOf(this.definition, input, result.data as P)
      return invalidPayload(type, idOf(input), payload, result.error.issues, ['payload'])
    } catch (error) {
      return this.unreadable(error)
    }
  }

  private flatByCopy(input: Readonly<Record<string, unknown>>): EventDraft<T, P> | Invalid {
    const fields = Object.fromEntries(Object.entries(input).filter(([key]) => !ENVELOPE_NAMES.has(key)))
    const result = this.strict().safeParse(fields)
    if (result.success) return draftOf(this.definition, input, result.data as P)
    return invalidPayload(this.definition.type, idOf(input), fields, result.error.issues, [])
  }

  /** The payload alone, where an unknown key is an error. */
  private strict(): z.ZodType {
    this.strictSchema ??= z.compile(strictened(this.schema))
    return this.strictSchema
  }

  private notAnObject(input: unknown): Invalid {
    const reason = `${this.definition.type}: expected an object of fields, not ${describeValue(input)}`
    return new Invalid(undefined, '', reason, input)
  }

  private unknownKey(input: Readonly<Record<string, unknown>>, key: string): Invalid {
    const path = shownKey(key)
    const reason = `${this.definition.type}: ${path} (${describeValue(input[key])}) is no field of this type`
    return new Invalid(idOf(input), path, reason, input[key])
  }

  /** A getter or proxy of the caller's, or a refinement of the definition's, threw. */
  private unreadable(error: unknown): Invalid {
    const reason = `${this.definition.type}: validation itself failed: ${describeThrown(error)}`
    return new Invalid(undefined, '', reason, undefined)
  }
}
