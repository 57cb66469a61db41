import type { OutcryEvent } from '../events/event.js'
import type { Concern } from './layout.js'

/** Names known from earlier blocks at most; a market with more of them has few twice in one block. */
const MAX_KNOWN = 1_024

interface Known {
  readonly concern: Concern
  /** The block in which it has that place. */
  block: number
  place: number
}

/** What the events of a block concern, each of it once. */
export class Concerns {
  /** Those of the block at hand, by their place. */
  list: Concern[] = []
  /** Whether some event concerns anything else than its one symbol. */
  mixed = false
  /** Stays from block to block, as filling a map takes several times as long as reading it. */
  readonly #known = new Map<string, Known>()
  #block = 0

  /** The place of what an event concerns, which it gets now if it has none. */
  placeOf(event: OutcryEvent): number {
    const { symbol, symbols } = event
    const alone = symbol !== undefined && symbols.length === 1 && symbols[0] === symbol
    const key = alone ? symbol : `\n${JSON.stringify([symbol ?? null, symbols])}`
    let known = this.#known.get(key)
    if (known === undefined) {
      known = { concern: alone ? symbol : [symbol ?? null, symbols], block: -1, place: 0 }
      this.#known.set(key, known)
    }
    if (known.block === this.#block) return known.place
    known.block = this.#block
    known.place = this.list.length
    this.list.push(known.concern)
    if (!alone) this.mixed = true
    return known.place
  }

  /** All symbols of the block, each once. */
  symbols(): readonly string[] {
    if (!this.mixed) return this.list as readonly string[]
    return [...new Set(this.list.flatMap((concern) => (typeof concern === 'string' ? concern : concern[1])))]
  }

  /** Begins a block. */
  reset(): void {
    // Lists of symbols seldom come again, and may be long.
    if (this.mixed || this.#known.size > MAX_KNOWN) this.#known.clear()
    this.list = []
    this.mixed = false
    this.#block += 1
  }
}
