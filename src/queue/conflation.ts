import { MARK_DERIVED, MARK_REPLAYED, type OutcryEvent } from '../events/event.js'

/** Spots are swept when there are more of them than this, and more than twice those that the last sweep left. */
const SWEEP_ABOVE = 1_024

/** Keys of windows that are still open are remembered up to so many; beyond, their windows are forgotten. */
const MAX_KEYS = 65_536

/** What decides whether one event may take another's place. */
export type Conflatable = Pick<OutcryEvent, 'type' | 'source' | 'symbol' | 'marks' | 'timestamp' | 'receivedAt'>

/**
 * Where the newest event of one key stands in its lane, or stood: it may have been leased since. It
 * does not keep the event, which would live on after it was handled.
 */
export class Spot {
  sequence: number
  readonly lane: number
  readonly partition: number
  /** Its position in the lane's ring. */
  position: number
  /** The event, while it waits outside the lane for its window's end. */
  deferred: OutcryEvent | undefined
  /** When the window ends in which an event of the key has entered the lane. UTC epoch milliseconds; -Infinity: none. */
  until: number

  constructor(sequence: number, lane: number, partition: number, position: number, until: number) {
    this.sequence = sequence
    this.lane = lane
    this.partition = partition
    this.position = position
    this.until = until
  }
}

type BySymbol = Map<string | undefined, Spot>

/**
 * Where in one lane the newest event of each conflated key (type, source, symbol) stands. A lease
 * tells it nothing: whoever asks looks whether the event is still there, so that types which are not
 * conflated cost nothing. What has gone is swept out now and then, so it holds at most about twice
 * as many keys as are queued or have a window open.
 */
export class Conflation {
  /** Keys that were forgotten before their window's end. */
  forgotten = 0
  readonly #types = new Map<string, Map<string, BySymbol>>()
  #size = 0
  #sweepAt = SWEEP_ABOVE

  /** Keys known, those whose event has gone among them. */
  get size(): number {
    return this.#size
  }

  find({ type, source, symbol }: Conflatable): Spot | undefined {
    return this.#types.get(type)?.get(source)?.get(symbol)
  }

  /** An event was queued; `waits` says of a spot whether its event still does. */
  note({ type, source, symbol, receivedAt }: Conflatable, spot: Spot, waits: (spot: Spot) => boolean): void {
    let sources = this.#types.get(type)
    if (sources === undefined) {
      sources = new Map()
      this.#types.set(type, sources)
    }
    let symbols = sources.get(source)
    if (symbols === undefined) {
      symbols = new Map()
      sources.set(source, symbols)
    }
    if (!symbols.has(symbol)) this.#size += 1
    symbols.set(symbol, spot)
    if (this.#size <= this.#sweepAt) return
    this.#sweep((other) => waits(other) || other.until > receivedAt)
    if (this.#size > MAX_KEYS) {
      const before = this.#size
      this.#sweep(waits)
      this.forgotten += before - this.#size
    }
    this.#sweepAt = Math.max(SWEEP_ABOVE, this.#size * 2)
  }

  #sweep(keeps: (spot: Spot) => boolean): void {
    this.#size = 0
    for (const [type, sources] of this.#types) {
      for (const [source, symbols] of sources) {
        for (const [symbol, spot] of symbols) if (!keeps(spot)) symbols.delete(symbol)
        this.#size += symbols.size
        if (symbols.size === 0) sources.delete(source)
      }
      if (sources.size === 0) this.#types.delete(type)
    }
  }
}

const CLASSES = 4

/** By lane and by who said it: no event is ever replaced by one of another lane, nor a live one by a replayed one. */
export class Conflations {
  readonly #tables: (Conflation | undefined)[] = []

  /** Keys that were forgotten before their window's end. */
  get forgotten(): number {
    return this.#tables.reduce((sum, table) => sum + (table?.forgotten ?? 0), 0)
  }

  find(lane: number, event: Conflatable): Spot | undefined {
    return this.#tables[slotOf(lane, event.marks)]?.find(event)
  }

  /** The table of a lane and its like; made when the first conflated event comes. */
  of(lane: number, marks: number): Conflation {
    const slot = slotOf(lane, marks)
    const table = this.#tables[slot] ?? new Conflation()
    this.#tables[slot] = table
    return table
  }
}

const slotOf = (lane: number, marks: number): number =>
  lane * CLASSES + ((marks & MARK_DERIVED) === 0 ? 0 : 1) + ((marks & MARK_REPLAYED) === 0 ? 0 : 2)
