import type { OutcryEvent } from '../events/event.js'
import type { Interest } from './interest.js'

/** The interests that get an event. Events with the same set object go the same way. */
export class MatchSet {
  /** Ascending by index. */
  readonly interests: readonly Interest[]

  constructor(interests: Iterable<Interest>) {
    this.interests = [...interests].sort((a, b) => a.index - b.index)
  }
}

/**
 * Where the events of one type go. Interests in every symbol get them all; those in some symbols
 * are added by the symbols that an event names.
 */
export class TypeRoute {
  readonly #wanting: ReadonlySet<Interest>
  readonly #bySymbol: ReadonlyMap<string, ReadonlySet<Interest>>
  /** For events that name no symbol that anyone asked for. */
  readonly #plain: MatchSet
  readonly #anySymbols: boolean
  /** Holds only symbols that an interest names, so it is bounded by the subscriptions. */
  readonly #sets = new Map<string, MatchSet>()

  /**
   * @param wanting Interests in the type, whatever their symbols.
   * @param bySymbol The router's interests by symbol; it does not change while this route is in use.
   */
  constructor(wanting: ReadonlySet<Interest>, bySymbol: ReadonlyMap<string, ReadonlySet<Interest>>) {
    this.#wanting = wanting
    this.#bySymbol = bySymbol
    const plain = [...wanting].filter((interest) => interest.symbols === undefined)
    this.#plain = new MatchSet(plain)
    this.#anySymbols = plain.length < wanting.size
  }

  setOf(event: OutcryEvent): MatchSet {
    if (!this.#anySymbols) return this.#plain
    const { symbol, symbols } = event
    if (symbols.length === 0) return symbol === undefined ? this.#plain : this.#ofSymbol(symbol)
    const first = symbols[0] as string
    if (symbols.length === 1 && (symbol === undefined || symbol === first)) return this.#ofSymbol(first)
    return this.#ofSymbols(symbol === undefined ? symbols : [symbol, ...symbols])
  }

  #ofSymbol(symbol: string): MatchSet {
    const known = this.#sets.get(symbol)
    if (known !== undefined) return known
    const named = this.#bySymbol.get(symbol)
    if (named === undefined) return this.#plain
    const added = [...named].filter((interest) => this.#wanting.has(interest))
    const set = added.length === 0 ? this.#plain : new MatchSet([...this.#plain.interests, ...added])
    this.#sets.set(symbol, set)
    return set
  }

  /** The union, so that an interest in several of the symbols gets the event once. */
  #ofSymbols(symbols: readonly string[]): MatchSet {
    let union = this.#plain
    for (const symbol of symbols) {
      const set = this.#ofSymbol(symbol)
      if (set === this.#plain || set === union) continue
      union = union === this.#plain ? set : new MatchSet(new Set([...union.interests, ...set.interests]))
    }
    return union
  }
}
