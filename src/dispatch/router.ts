import { OutcryError } from '../errors.js'
import type { OutcryEvent } from '../events/event.js'
import { isPattern } from '../events/patterns.js'
import { Interest, normalize } from './interest.js'
import { type MatchSet, MatchSets } from './match-set.js'
import { TypeRoute } from './route.js'
import { Split } from './split.js'
import type { Subscription } from './strategy.js'

export { Interest } from './interest.js'
export { Match, Split } from './split.js'

/** Types whose routes are remembered at once: beyond it they are worked out anew. */
const MAX_ROUTES = 16_384

/**
 * Which strategies get which events.
 *
 * Strategies with equal subscriptions share an {@link Interest}, and are routed once. What a type
 * leads to is worked out when the type is first seen, and remembered until a strategy comes or
 * goes. All of it hangs on the strategies present: the last one that names a type or a symbol takes
 * its entries along.
 *
 * A strategy without `types` gets every type but `signal` and `system.*`, as does the pattern `*`:
 * those have to be named. One with `symbols` gets the events that name any of them, each once.
 */
export class Router {
  readonly #maxRoutes: number
  /** By strategy. */
  readonly #interests = new Map<string, Interest>()
  readonly #byKey = new Map<string, Interest>()
  /** By index; a hole where an interest has gone. Replaced when one comes or goes, as splits keep it. */
  #table: readonly (Interest | undefined)[] = []
  /** Interests that name a type, by that type. */
  readonly #exact = new Map<string, Set<Interest>>()
  /** Interests with a pattern. */
  readonly #wild = new Set<Interest>()
  /** Interests that name a symbol, by that symbol. */
  readonly #bySymbol = new Map<string, Set<Interest>>()
  readonly #routes = new Map<string, TypeRoute>()
  #sets = new MatchSets()

  /** @param maxRoutes Types whose routes are remembered at once. */
  constructor(maxRoutes = MAX_ROUTES) {
    this.#maxRoutes = maxRoutes
  }

  /** The interests that exist, by index. */
  get interests(): readonly Interest[] {
    return this.#table.filter((interest) => interest !== undefined)
  }

  /** How many entries each part holds: what a leak test counts. */
  get sizes(): Readonly<
    Record<'strategies' | 'interests' | 'types' | 'patterns' | 'symbols' | 'routes' | 'sets' | 'slots', number>
  > {
    return {
      strategies: this.#interests.size,
      interests: this.#byKey.size,
      types: this.#exact.size,
      patterns: this.#wild.size,
      symbols: this.#bySymbol.size,
      routes: this.#routes.size,
      sets: this.#sets.size,
      slots: this.#table.length,
    }
  }

  /**
   * @param strategy Its name.
   * @returns The interest that it shares with all strategies of an equal subscription.
   * @throws OutcryError `OUTCRY_STRATEGY_DUPLICATE` if a strategy of that name is present.
   */
  add(strategy: string, subscription?: Subscription): Interest {
    if (this.#interests.has(strategy)) {
      throw new OutcryError('OUTCRY_STRATEGY_DUPLICATE', `two strategies are named ${JSON.stringify(strategy)}`, {
        path: 'name',
        value: strategy,
      })
    }
    const normalized = normalize(subscription)
    let interest = this.#byKey.get(normalized.key)
    if (interest === undefined) {
      const hole = this.#table.indexOf(undefined)
      interest = new Interest(hole < 0 ? this.#table.length : hole, normalized)
      this.#enter(interest)
    }
    interest.strategies = [...interest.strategies, strategy]
    this.#interests.set(strategy, interest)
    return interest
  }

  /** False if no strategy of that name is present. */
  remove(strategy: string): boolean {
    const interest = this.#interests.get(strategy)
    if (interest === undefined) return false
    this.#interests.delete(strategy)
    interest.strategies = interest.strategies.filter((name) => name !== strategy)
    if (interest.strategies.length === 0) this.#leave(interest)
    return true
  }

  /** Which interests get which of a chunk's events, in the chunk's order. */
  split(events: readonly OutcryEvent[]): Split {
    const first = events[0]
    if (first === undefined) return new Split(this.#table, events)
    let type = first.type
    let route = this.#routeOf(type)
    const set = route.setOf(first)
    let at = 1
    for (; at < events.length; at += 1) {
      const event = events[at] as OutcryEvent
      if (event.type !== type) {
        type = event.type
        route = this.#routeOf(type)
      }
      if (route.setOf(event) !== set) break
    }
    const split = new Split(this.#table, events)
    if (at === events.length) split.addWhole(set)
    else split.addMixed(this.#setsOf(events, at, set))
    return split
  }

  /** The set of every event; those before `from` are known to have the first one's. */
  #setsOf(events: readonly OutcryEvent[], from: number, first: MatchSet): MatchSet[] {
    const sets = new Array<MatchSet>(events.length).fill(first, 0, from)
    for (let at = from; at < events.length; at += 1) {
      const event = events[at] as OutcryEvent
      sets[at] = this.#routeOf(event.type).setOf(event)
    }
    return sets
  }

  #routeOf(type: string): TypeRoute {
    const known = this.#routes.get(type)
    if (known !== undefined) return known
    const wanting = [...(this.#exact.get(type) ?? []), ...[...this.#wild].filter((interest) => interest.wants(type))]
    const route = new TypeRoute(new Set(wanting), this.#bySymbol, this.#sets)
    // All at once rather than the oldest: a host with more types than this pays for a few look-ups
    // of each, and the many with fewer pay for no bookkeeping.
    if (this.#routes.size >= this.#maxRoutes) this.#forgetRoutes()
    this.#routes.set(type, route)
    return route
  }

  #forgetRoutes(): void {
    this.#routes.clear()
    this.#sets = new MatchSets()
  }

  #enter(interest: Interest): void {
    this.#byKey.set(interest.key, interest)
    const table = [...this.#table]
    table[interest.index] = interest
    this.#table = table
    for (const type of interest.types) {
      if (isPattern(type)) this.#wild.add(interest)
      else enter(this.#exact, type, interest)
    }
    for (const symbol of interest.symbols ?? []) enter(this.#bySymbol, symbol, interest)
    this.#forgetRoutes()
  }

  #leave(interest: Interest): void {
    this.#byKey.delete(interest.key)
    const table = this.#table.map((other) => (other === interest ? undefined : other))
    while (table.length > 0 && table.at(-1) === undefined) table.pop()
    this.#table = table
    for (const type of interest.types) leave(this.#exact, type, interest)
    this.#wild.delete(interest)
    for (const symbol of interest.symbols ?? []) leave(this.#bySymbol, symbol, interest)
    this.#forgetRoutes()
  }
}

function enter(index: Map<string, Set<Interest>>, name: string, interest: Interest): void {
  const entry = index.get(name)
  if (entry === undefined) index.set(name, new Set([interest]))
  else entry.add(interest)
}

function leave(index: Map<string, Set<Interest>>, name: string, interest: Interest): void {
  const entry = index.get(name)
  if (entry === undefined) return
  entry.delete(interest)
  if (entry.size === 0) index.delete(name)
}
