import type { Interest } from './interest.js'

/** Sets that are remembered at once: beyond it a set is made anew each time. */
const MAX_SETS = 16_384

/** The interests that get an event. Events with the same set object go the same way. */
export class MatchSet {
  /** Ascending by index. */
  readonly interests: readonly Interest[]
  /** This set with another: events that name several symbols need it again and again. */
  readonly unions = new Map<MatchSet, MatchSet>()

  /** @param interests Ascending by index. */
  constructor(interests: readonly Interest[]) {
    this.interests = interests
  }
}

/**
 * Makes sets, equal ones once, so that a chunk whose events all go the same way is known by
 * comparing references, even if their types and symbols differ.
 */
export class MatchSets {
  readonly #limit: number
  readonly #byKey = new Map<string, MatchSet>()
  #unions = 0

  /** @param limit Sets, and unions of sets, that are remembered at once. */
  constructor(limit = MAX_SETS) {
    this.#limit = limit
  }

  get size(): number {
    return this.#byKey.size
  }

  of(interests: Iterable<Interest>): MatchSet {
    const sorted = [...new Set(interests)].sort((a, b) => a.index - b.index)
    const key = sorted.map((interest) => interest.index).join()
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const set = new MatchSet(sorted)
    if (this.#byKey.size < this.#limit) this.#byKey.set(key, set)
    return set
  }

  union(a: MatchSet, b: MatchSet): MatchSet {
    if (a === b) return a
    const known = a.unions.get(b)
    if (known !== undefined) return known
    const union = this.of([...a.interests, ...b.interests])
    if (this.#unions < this.#limit) {
      a.unions.set(b, union)
      this.#unions += 1
    }
    return union
  }
}
