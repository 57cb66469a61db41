import { OutcryError } from '../errors.js'
import { CATALOGUE } from './catalogue/index.js'
import { type Conflate, conflateOverrides, windowEnd } from './conflate.js'
import type { EventDefinition } from './define.js'
import { EventDraft, isForeignDraft, OF_ANOTHER_COPY } from './draft.js'
import { idOf } from './envelope.js'
import { LANES, type Lane } from './event.js'
import { describeThrown, describeValue, Invalid } from './invalid.js'
import { laneOverrides } from './lanes.js'
import { nearest } from './nearest.js'
import { isRecord } from './parser.js'
import { ttlOverrides } from './ttl.js'

/** A type as one engine knows it. */
export interface EventType {
  readonly type: string
  /** A small integer of this engine's own, from 0 up in order of registration. */
  readonly index: number
  readonly lane: Lane
  /** Position of `lane` in `LANES`. */
  readonly laneIndex: number
  /** Queued for longer than this it expires; Infinity: never. Milliseconds. */
  readonly ttlMs: number
  /** A queued event of it gives way to a newer one of its source and symbol. */
  readonly conflate: boolean
  /** And in each window of that length at most one of them enters the queue; 0: there are no windows. Milliseconds. */
  readonly windowMs: number
  readonly definition: EventDefinition
}

export interface EventTypesOptions {
  /** The host's own types, beside the catalogue. */
  readonly events?: readonly EventDefinition[] | undefined
  /** Lane by type or by pattern (`order.*`), over the definition's own; the longest that fits wins. */
  readonly lanes?: Readonly<Record<string, Lane>> | undefined
  /** Time to live by type or by pattern, over the definition's own; Infinity for none. Milliseconds. */
  readonly ttlMs?: Readonly<Record<string, number>> | undefined
  /** Whether and how queued events are conflated, by type or by pattern, over the definition's own. */
  readonly conflate?: Readonly<Record<string, Conflate>> | undefined
  /** Types known at most, the catalogue's included. Default 10,000. */
  readonly maxTypes?: number | undefined
  /**
   * The definition by which somebody waits for a type that is not known here. It is asked for input in wire
   * form alone, as a draft brings its own definition, which then goes before.
   */
  readonly awaited?: ((type: string) => EventDefinition | undefined) | undefined
}

const MAX_TYPES = 10_000

/**
 * The event types of one engine, each interned to a small integer and a lane, and the edge at which
 * input becomes drafts. There is no registry beyond it: two engines share nothing.
 */
export class EventTypes {
  /** Whether any type known so far can expire: while none can, nobody need look. */
  expires = false
  /** Whether any type known so far is conflated: while none is, nobody need look. */
  conflates = false
  private readonly byType = new Map<string, EventType>()
  private readonly laneFor: (type: string) => Lane | undefined
  private readonly ttlFor: (type: string) => number | undefined
  private readonly conflateFor: (type: string) => Conflate | undefined
  private readonly maxTypes: number
  private readonly awaited: (type: string) => EventDefinition | undefined
  /** A feed of one unknown type must not pay for the search at each event. */
  private lastUnknown: string | undefined
  private lastGuess: string | undefined
  /** Of the drafts that were asked about last: events of one type come in runs, with another between them. */
  private latest: EventType | undefined
  private other: EventType | undefined

  /**
   * @throws OutcryError OUTCRY_EVENT_TYPE_CONFLICT where two definitions claim one type, and
   * OUTCRY_OPTION_INVALID for a lane, time to live, conflation or pattern that is none, or for too many types.
   */
  constructor(options: EventTypesOptions = {}) {
    this.maxTypes = options.maxTypes ?? MAX_TYPES
    this.awaited = options.awaited ?? (() => undefined)
    this.laneFor = laneOverrides(options.lanes ?? {})
    this.ttlFor = ttlOverrides(options.ttlMs ?? {})
    this.conflateFor = conflateOverrides(options.conflate ?? {})
    for (const definition of [...CATALOGUE, ...(options.events ?? [])]) {
      const refusal = this.register(definition)
      if (refusal instanceof OutcryError) throw refusal
    }
  }

  get size(): number {
    return this.byType.size
  }

  get(type: string): EventType | undefined {
    return this.byType.get(type)
  }

  /** In order of their indexes. */
  all(): Iterable<EventType> {
    return this.byType.values()
  }

  /** How long an event of a type may wait in the queue. Milliseconds; Infinity where it may for ever. */
  ttlOf(type: string): number {
    return this.byType.get(type)?.ttlMs ?? Number.POSITIVE_INFINITY
  }

  /** Whether a queued event of a type gives way to a newer one of its source and symbol. */
  conflated(type: string): boolean {
    return this.byType.get(type)?.conflate === true
  }

  /** When the window ends that a time lies in; Infinity for a type that has none. UTC epoch milliseconds. */
  windowEndOf(type: string, epochMs: number): number {
    const windowMs = this.conflates ? this.windowOf(type) : 0
    return windowMs === 0 ? Number.POSITIVE_INFINITY : windowEnd(epochMs, windowMs)
  }

  /** Length of a conflated type's windows; 0 where it has none. Milliseconds. */
  windowOf(type: string): number {
    return this.byType.get(type)?.windowMs ?? 0
  }

  /** The type of a draft whose definition is registered, which can be taken as it is; undefined for all else. Never throws. */
  trusted(input: unknown): EventType | undefined {
    try {
      return input instanceof EventDraft ? this.ofDraft(input) : undefined
    } catch {
      // A proxy that was revoked, or whose traps throw: `parse` says so.
      return undefined
    }
  }

  /** Whether a draft's own definition is registered. */
  knows(draft: EventDraft): boolean {
    return this.ofDraft(draft) !== undefined
  }

  /** Position in `LANES` of the lane that a draft's type travels in. */
  laneIndexOf(draft: EventDraft): number {
    return this.ofDraft(draft)?.laneIndex ?? LANES.indexOf(draft.definition.lane)
  }

  private ofDraft({ definition }: EventDraft): EventType | undefined {
    const { latest } = this
    return latest?.definition === definition ? latest : this.ofDefinition(definition)
  }

  private ofDefinition(definition: EventDefinition): EventType | undefined {
    const { latest, other } = this
    const known = other?.definition === definition ? other : this.byType.get(definition.type)
    if (known?.definition !== definition) return undefined
    this.other = latest
    this.latest = known
    return known
  }

  /** The lane of a type that is known by its name alone; undefined for one that is not known. */
  laneIndexByName(type: string): number | undefined {
    return this.byType.get(type)?.laneIndex
  }

  /**
   * Input of any kind as a draft. A draft passes as it is, since it was validated when it was made;
   * its type is registered on first sight. Never throws.
   */
  parse(input: unknown): EventDraft | Invalid {
    try {
      if (input instanceof EventDraft) return this.ofRegistered(input)
      if (!isRecord(input)) {
        return new Invalid(undefined, '', `expected an event, not ${describeValue(input)}`, input)
      }
      const { type } = input
      const known = typeof type === 'string' ? (this.byType.get(type) ?? this.arrived(type)) : undefined
      const parsed = known === undefined ? this.unknown(idOf(input), type) : known.definition.safeParse(input)
      // Asked only now, as most of what comes is not: what the schema says of such a draft explains nothing.
      if (!(parsed instanceof Invalid && isForeignDraft(input))) return parsed
      return new Invalid(parsed.id, 'definition', `${describeValue(type)}: ${OF_ANOTHER_COPY}`, input.definition)
    } catch (error) {
      return new Invalid(undefined, '', `the input cannot be read: ${describeThrown(error)}`, undefined)
    }
  }

  private ofRegistered(draft: EventDraft): EventDraft | Invalid {
    if (this.knows(draft)) return draft
    const refusal = this.register(draft.definition)
    return refusal instanceof OutcryError ? new Invalid(draft.id, 'type', refusal.message, draft.type) : draft
  }

  /** Interns a type; the error that says why not is the answer, for the caller to throw or to report. */
  private register(definition: EventDefinition): EventType | OutcryError {
    const { type } = definition
    const known = this.byType.get(type)
    if (known?.definition === definition) return known
    if (known !== undefined) {
      const message = `type ${type} is already defined by another definition: rename one of the two`
      return new OutcryError('OUTCRY_EVENT_TYPE_CONFLICT', message, { path: 'type', value: type })
    }
    if (this.byType.size >= this.maxTypes) {
      const message = `type ${type} is one too many: this engine knows ${this.maxTypes} types, which is its bound`
      return new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'events', value: type })
    }
    const lane = this.laneFor(type) ?? definition.lane
    const ttlMs = this.ttlFor(type) ?? definition.ttlMs ?? Number.POSITIVE_INFINITY
    if (ttlMs !== Number.POSITIVE_INFINITY) this.expires = true
    const how = this.conflateFor(type) ?? definition.conflate
    const conflate = how !== false
    const windowMs = typeof how === 'boolean' ? 0 : how.windowMs
    if (conflate) this.conflates = true
    const laneIndex = LANES.indexOf(lane)
    const entry = { type, index: this.byType.size, lane, laneIndex, ttlMs, conflate, windowMs, definition }
    this.byType.set(type, entry)
    return entry
  }

  /** A type that was waited for and comes for the first time. */
  private arrived(type: string): EventType | undefined {
    const definition = this.awaited(type)
    const entry = definition === undefined ? undefined : this.register(definition)
    return entry instanceof OutcryError ? undefined : entry
  }

  private unknown(id: string | undefined, type: unknown): Invalid {
    if (typeof type !== 'string') {
      const reason = type === undefined ? 'type is missing' : `type is ${describeValue(type)}: expected a string`
      return new Invalid(id, 'type', reason, type)
    }
    if (type !== this.lastUnknown) {
      this.lastUnknown = type
      this.lastGuess = nearest(type, this.byType.keys())
    }
    const guess = this.lastGuess
    const hint = guess === undefined ? 'define it with defineEvent' : `did you mean ${guess}?`
    return new Invalid(id, 'type', `type ${describeValue(type)} is not known: ${hint}`, type)
  }
}
