/** The lanes of the queue, most urgent first. A type belongs to exactly one lane. */
export const LANES = ['critical', 'high', 'normal', 'low'] as const
export type Lane = (typeof LANES)[number]

/** Bits of {@link OutcryEvent.marks}. */
export const MARK_LATE = 1
export const MARK_REPLAYED = 2
export const MARK_REDELIVERED = 4
export const MARK_DERIVED = 8
export const MARK_HALTED = 16
/** What follows from a late or a replayed event is no more to be traded than that event. */
export const INHERITED_MARKS = MARK_LATE | MARK_REPLAYED

/**
 * An accepted event: an immutable record, numbered by the engine that accepted it.
 *
 * Built by a constructor and never by an object literal: V8 moves literals that were once seen
 * to survive (queued ones do) into old space for good, which costs four times the collections.
 * Immutability is a type, not `Object.freeze`, which costs more than all the rest of a publish.
 */
export class OutcryEvent<T extends string = string, P = unknown> {
  /** Unique name of the fact; a second event with the same id is a duplicate. */
  declare readonly id: string
  declare readonly type: T
  /** Version of the type's payload schema. */
  declare readonly version: number
  /** When it happened: UTC epoch milliseconds, may carry a fraction. */
  declare readonly timestamp: number
  /**
   * When the engine got it: UTC epoch milliseconds, may carry a fraction. On the machine's own clock up to eight that
   * follow each other at once share a reading, where each may be up to 32 of an array.
   */
  declare readonly receivedAt: number
  /** Who said so: a feed's name, a strategy's name or the host's own word. */
  declare readonly source: string
  /** The key of order: events of one symbol and lane are handled in sequence order. */
  declare readonly symbol: string | undefined
  /** All the symbols it concerns; used for routing. */
  declare readonly symbols: readonly string[]
  declare readonly payload: P
  /** The id of the event at the root of this chain of causes. */
  declare readonly correlationId: string | undefined
  /** The id of the event that directly caused this one. */
  declare readonly causationId: string | undefined
  /** The number it got when it was accepted, from 1 up without a hole. */
  declare readonly sequence: number
  /** Bit set of `MARK_LATE`, `MARK_REPLAYED`, `MARK_REDELIVERED`, `MARK_DERIVED`, `MARK_HALTED`. */
  declare readonly marks: number
  /** Its encoded form, once somebody asked for it. Private, so that two equal events stay equal. */
  #encoded: string | undefined

  // The fields are declared, not defined: a definition would write each of them twice.
  constructor(
    id: string,
    type: T,
    version: number,
    timestamp: number,
    receivedAt: number,
    source: string,
    symbol: string | undefined,
    symbols: readonly string[],
    payload: P,
    correlationId: string | undefined,
    causationId: string | undefined,
    sequence: number,
    marks: number,
  ) {
    this.id = id
    this.type = type
    this.version = version
    this.timestamp = timestamp
    this.receivedAt = receivedAt
    this.source = source
    this.symbol = symbol
    this.symbols = symbols
    this.payload = payload
    this.correlationId = correlationId
    this.causationId = causationId
    this.sequence = sequence
    this.marks = marks
  }

  /** Its encoded form: made by whoever asks first, and shared by all who ask after. */
  encoded(encode: (event: OutcryEvent) => string): string {
    this.#encoded ??= encode(this)
    return this.#encoded
  }

  /** It came behind an event with a later timestamp from an ordered run. */
  get late(): boolean {
    return (this.marks & MARK_LATE) !== 0
  }

  /** It is delivered from a recording, not from its source. */
  get replayed(): boolean {
    return (this.marks & MARK_REPLAYED) !== 0
  }

  /** It may have been delivered before: redriven from the dead letters, or not settled by the run before. */
  get redelivered(): boolean {
    return (this.marks & MARK_REDELIVERED) !== 0
  }

  /** A signal that was withheld, as its symbol or the whole engine was halted. */
  get halted(): boolean {
    return (this.marks & MARK_HALTED) !== 0
  }

  /** A strategy published it: a signal, or an event of its own. */
  get derived(): boolean {
    return (this.marks & MARK_DERIVED) !== 0
  }
}

/** The same event with other marks. */
export function withMarks(event: OutcryEvent, marks: number): OutcryEvent {
  const { id, type, version, timestamp, receivedAt, source, symbol, symbols, payload } = event
  const { correlationId, causationId, sequence } = event
  return new OutcryEvent(
    id,
    type,
    version,
    timestamp,
    receivedAt,
    source,
    symbol,
    symbols,
    payload,
    correlationId,
    causationId,
    sequence,
    marks,
  )
}

const NO_TIME = undefined as unknown as number

/**
 * What a class of events is shown once, when it is loaded: an object whose times are not numbers. V8 gives a field
 * that has only ever held fractions a box of its own in each object, and copies the number; where something else
 * was seen the boxes are shared, so that an event takes over its draft's and a tenth less is allocated.
 */
new OutcryEvent('', '', 0, NO_TIME, NO_TIME, '', undefined, [], undefined, undefined, undefined, 0, 0)
