import type { OutcryEvent } from '../events/event.js'
import type { Interest } from './interest.js'
import type { MatchSet } from './match-set.js'

/** The events of a chunk that one interest gets. */
export class Match {
  readonly interest: Interest
  /** The strategies that shared the interest when the chunk was split. */
  readonly strategies: readonly string[]
  /** In the chunk's order; the chunk's own array if all of them match. */
  readonly events: readonly OutcryEvent[]

  constructor(interest: Interest, events: readonly OutcryEvent[]) {
    this.interest = interest
    this.strategies = interest.strategies
    this.events = events
  }
}

/** What the router made of one chunk. It does not change when strategies come or go later. */
export class Split {
  readonly #table: readonly (Interest | undefined)[]
  readonly #chunk: readonly OutcryEvent[]
  readonly #byIndex: (readonly OutcryEvent[] | undefined)[] = []
  readonly #matches: Match[] = []
  #due = 0

  constructor(table: readonly (Interest | undefined)[], chunk: readonly OutcryEvent[]) {
    this.#table = table
    this.#chunk = chunk
  }

  /** The interests that get at least one event, by index. */
  get matches(): readonly Match[] {
    return this.#matches
  }

  /** Deliveries due: events times the strategies that get them. */
  get due(): number {
    return this.#due
  }

  /**
   * The events that an interest gets; undefined if none. An interest that came after the split gets
   * none either, although it may have taken the index of one that has gone.
   */
  of(interest: Interest): readonly OutcryEvent[] | undefined {
    return this.#table[interest.index] === interest ? this.#byIndex[interest.index] : undefined
  }

  /** Every event of the chunk goes to that set. */
  addWhole(set: MatchSet): void {
    for (const interest of set.interests) this.#add(interest, this.#chunk)
  }

  /** @param sets Where each event of the chunk goes. */
  addMixed(sets: readonly MatchSet[]): void {
    const counts = new Uint32Array(this.#table.length)
    for (const set of sets) {
      for (const { index } of set.interests) counts[index] = (counts[index] ?? 0) + 1
    }
    const parts: (OutcryEvent[] | undefined)[] = []
    for (let index = 0; index < counts.length; index += 1) {
      const interest = this.#table[index]
      const count = counts[index] ?? 0
      if (interest === undefined || count === 0) continue
      if (count === this.#chunk.length) {
        this.#add(interest, this.#chunk)
        continue
      }
      const part: OutcryEvent[] = []
      parts[index] = part
      this.#add(interest, part, count)
    }
    for (let at = 0; at < sets.length; at += 1) {
      const event = this.#chunk[at] as OutcryEvent
      for (const { index } of (sets[at] as MatchSet).interests) parts[index]?.push(event)
    }
  }

  #add(interest: Interest, events: readonly OutcryEvent[], count = events.length): void {
    this.#byIndex[interest.index] = events
    this.#matches.push(new Match(interest, events))
    this.#due += count * interest.strategies.length
  }
}
