import { wholeNumber } from './bounds.js'

/** The largest number of partitions: each costs a few bytes a lane, and more of them than this buy no concurrency. */
export const MAX_PARTITIONS = 65_536

/**
 * FNV-1a, 32 bits, unsigned (Fowler, Noll and Vo; draft-eastlake-fnv), over the key's UTF-16 code
 * units: one octet for a unit below 256 and two, low first, for any other.
 */
export const fnv1a = (key: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i += 1) {
    const unit = key.charCodeAt(i)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return hash >>> 0
}

/** The unit of order that a key belongs to, 0 to `partitions - 1`; the same on every machine and in every run. */
export const partitionOf = (key: string, partitions: number): number => fnv1a(key) % partitions

/** What an accepted event needs to know of its key. */
export class SymbolEntry {
  readonly partition: number
  /** The key alone, shared by all events that concern nothing else. */
  readonly list: readonly string[]

  constructor(partition: number, list: readonly string[]) {
    this.partition = partition
    this.list = list
  }
}

/**
 * A bounded cache of keys, so that accepting an event costs one look-up and no hash. It keeps two
 * generations of half the bound each: when the younger is full the older is forgotten, and what is
 * asked for again moves to the younger. A forgotten key is merely computed again.
 */
export class SymbolTable {
  /** Keys forgotten so far. */
  forgotten = 0
  readonly partitions: number
  readonly #half: number
  #young = new Map<string, SymbolEntry>()
  #old = new Map<string, SymbolEntry>()

  /** Throws OUTCRY_OPTION_INVALID for a number out of range. */
  constructor(partitions: number, bound = 65_536) {
    this.partitions = wholeNumber('queue.partitions', partitions, 1, MAX_PARTITIONS)
    this.#half = wholeNumber('symbols.bound', bound, 2, 16_777_216) >> 1
  }

  get(key: string): SymbolEntry {
    return this.#young.get(key) ?? this.#renew(key)
  }

  /** Keys held, at most the bound. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  #renew(key: string): SymbolEntry {
    const known = this.#old.get(key)
    if (known !== undefined) this.#old.delete(key)
    const entry = known ?? new SymbolEntry(partitionOf(key, this.partitions), [key])
    if (this.#young.size >= this.#half) {
      this.forgotten += this.#old.size
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, entry)
    return entry
  }
}
