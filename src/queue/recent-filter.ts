const IDS_PER_WORD = 2
const FEWEST_WORDS = 16

/** The three bits of its word that a hash sets. */
const bitsOf = (hash: number): number => (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31)) | (1 << ((hash >>> 10) & 31))

/**
 * Says of a hash that it was certainly not added in this generation or the one before, or that it may have been:
 * two Bloom filters (Bloom, Space/time trade-offs in hash coding, 1970), word beside word, so that a question
 * looks at one line of memory. Of hashes that were never added it takes about one in fifty for one that was.
 *
 * It has four bytes an id where a table of the ids themselves has 60, and so stays in the processor's cache where
 * the table does not.
 */
export class RecentFilter {
  readonly #shift: number
  /** Pairs of words, one of this generation and one of the one before. */
  readonly #words: Int32Array
  /** Which of a pair is this generation's: 0 or 1. */
  #young = 0

  /** @param generation hashes that are added between two turns, 1 to 16,777,216. */
  constructor(generation: number) {
    const bits = Math.ceil(Math.log2(Math.max(FEWEST_WORDS, generation / IDS_PER_WORD)))
    this.#shift = 32 - bits
    this.#words = new Int32Array(2 ** bits * 2)
  }

  get bytes(): number {
    return this.#words.byteLength
  }

  mayHave(hash: number): boolean {
    const words = this.#words
    const pair = (hash >>> this.#shift) * 2
    const bits = bitsOf(hash)
    return ((words[pair] ?? 0) & bits) === bits || ((words[pair + 1] ?? 0) & bits) === bits
  }

  add(hash: number): void {
    const at = (hash >>> this.#shift) * 2 + this.#young
    this.#words[at] = (this.#words[at] ?? 0) | bitsOf(hash)
  }

  /** Begins a generation. What was added in the one before is known for one more. */
  turn(): void {
    this.#young = 1 - this.#young
    for (let at = this.#young; at < this.#words.length; at += 2) this.#words[at] = 0
  }

  clear(): void {
    this.#words.fill(0)
  }
}
