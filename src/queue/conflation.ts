import type { OutcryEvent } from '../events/event.js'

/** Spots are swept when there are more of them than this, and more than twice those that the last sweep left. */
const SWEEP_ABOVE = 1_024

/** Where the newest event of one key stands in its lane, or stood: it may have been leased since. */
export class Spot {
  event: OutcryEvent
  readonly lane: number
  readonly partition: number
  /** Its position in the lane's ring. */
  position: number

  constructor(event: OutcryEvent, lane: number, partition: number, position: number) {
    this.event = event
    this.lane = lane
    this.partition = partition
    this.position = position
  }
}

type BySymbol = Map<string | undefined, Spot>

/**
 * Where in one lane the newest event of each conflated key (type, source, symbol) stands. A lease
 * tells it nothing: whoever asks looks whether the event is still there, so that types which are not
 * conflated cost nothing. What has gone is swept out now and then, so it holds at most about twice
 * as many keys as are queued.
 */
export class Conflation {
  readonly #types = new Map<string, Map<string, BySymbol>>()
  #size = 0
  #sweepAt = SWEEP_ABOVE

  /** Keys known, those whose event has gone among them. */
  get size(): number {
    return this.#size
  }

  find(type: string, source: string, symbol: string | undefined): Spot | undefined {
    return this.#types.get(type)?.get(source)?.get(symbol)
  }

  /** An event was queued. */
  note(spot: Spot, isQueued: (spot: Spot) => boolean): void {
    const { type, source, symbol } = spot.event
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
    if (this.#size > this.#sweepAt) this.#sweep(isQueued)
  }

  #sweep(isQueued: (spot: Spot) => boolean): void {
    this.#size = 0
    for (const [type, sources] of this.#types) {
      for (const [source, symbols] of sources) {
        for (const [symbol, spot] of symbols) if (!isQueued(spot)) symbols.delete(symbol)
        this.#size += symbols.size
        if (symbols.size === 0) sources.delete(source)
      }
      if (sources.size === 0) this.#types.delete(type)
    }
    this.#sweepAt = Math.max(SWEEP_ABOVE, this.#size * 2)
  }
}
