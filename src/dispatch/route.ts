import type { OutcryEvent } from '../events/event.js'
import type { Interest } from './interest.js'
import type { MatchSet, MatchSets } from './match-set.js'

/**
 * Where the events of one type go. Interests in every symbol get them all; those in some symbols
 * are added by the symbols that an event names.
 */
export class TypeRoute {
  readonly #wanting: ReadonlySet<Interest>
  readonly #bySymbol: ReadonlyMap<string, ReadonlySet<Interest>>
  readonly #sets: MatchSets
  /** For events that name no symbol that anyone asked for. */
  readonly #plain: MatchSet
  readonly #anySymbols: boolean
  /** Holds only symbols that an interest names, so it is bounded by the subscriptions. */
  readonly #ofSymbols = new Map<string, MatchSet>()

  /**
   * @param wanting Interests in the type, whatever their symbols.
   * @param bySymbol The router's interests by symbol; it does not change while this route is in use.
   * @param sets Makes the sets of all routes.
   */
  constructor(wanting: ReadonlySet<Interest>, bySymbol: ReadonlyMap<string, ReadonlySet<Interest>>, sets: MatchSets) {
    this.#wanting = wanting
    this.#bySymbol = bySymbol
    this.#sets = sets
    const plain = [...wanting].filter((interest) => interest.symbols === undefined)
    this.#plain = sets.of(plain)
    this.#anySymbols = plain.length < wanting.size
  }

  /** An interest in several of the event's symbols is in the set once. */
  setOf(event: OutcryEvent): MatchSet {
    if (!this.#anySymbols) return this.#plain
    const { symbol, symbols } = event
    let set = symbol === undefined ? this.#plain : this.#ofSymbol(symbol)
    for (let at = 0; at < symbols.length; at += 1) {
      const other = symbols[at]
      if (other === undefined || other === symbol) continue
      const added = this.#ofSymbol(other)
      if (added !== set) set = this.#sets.union(set, added)
    }
    return set
  }

  #ofSymbol(symbol: string): MatchSet {
    const known = this.#ofSymbols.get(symbol)
    if (known !== undefined) return known
    const named = this.#bySymbol.get(symbol)
    if (named === undefined) return this.#plain
    const added = [...named].filter((interest) => this.#wanting.has(interest))
    const set = added.length === 0 ? this.#plain : this.#sets.of([...this.#plain.interests, ...added])
    this.#ofSymbols.set(symbol, set)
    return set
  }
}
