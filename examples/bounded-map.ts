/**
 * A map that holds at most `limit` entries and forgets the one touched longest ago. A strategy that
 * keeps something per symbol needs it: a feed names new symbols for as long as it runs.
 */
export class BoundedMap<K, V> {
  readonly limit: number
  readonly #entries = new Map<K, V>()
  /** How many entries were forgotten to make room. */
  forgotten = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /** Looks without touching. */
  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** The entry of `key`, made where there is none, and from now on the youngest. */
  touch(key: K, make: () => V): V {
    const value = this.#entries.get(key) ?? make()
    // A Map iterates in order of insertion, so an entry put back is the last and the first is the oldest.
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.limit) this.#forgetOldest()
    return value
  }

  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries()
  }

  #forgetOldest(): void {
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      this.forgotten += 1
      return
    }
  }
}
