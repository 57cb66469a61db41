/** Numbers in ascending order, added at the end and taken from the front. */
class Posting {
  readonly numbers: number[] = []
  /** Those before it have been taken out. */
  start = 0

  /** The first that is at least `least`; Infinity if there is none. */
  from(least: number): number {
    const { numbers } = this
    let low = this.start
    let high = numbers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[middle] ?? 0) < least) low = middle + 1
      else high = middle
    }
    return numbers[low] ?? Number.POSITIVE_INFINITY
  }

  /** The last that is at most `most`; -1 if there is none. */
  upTo(most: number): number {
    const { numbers } = this
    let low = this.start
    let high = numbers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[middle] ?? 0) <= most) low = middle + 1
      else high = middle
    }
    return low === this.start ? -1 : (numbers[low - 1] ?? -1)
  }
}

/** By name, the numbers of the blocks that have something of that name. */
export class Postings {
  readonly #byName = new Map<string, Posting>()

  /** Names known at present: those of blocks that are held. */
  get names(): Iterable<string> {
    return this.#byName.keys()
  }

  get size(): number {
    return this.#byName.size
  }

  add(names: readonly string[], number: number): void {
    for (const name of names) {
      let posting = this.#byName.get(name)
      if (posting === undefined) {
        posting = new Posting()
        this.#byName.set(name, posting)
      }
      posting.numbers.push(number)
    }
  }

  /** The oldest block is gone, which had these names. */
  removeOldest(names: readonly string[]): void {
    for (const name of names) {
      const posting = this.#byName.get(name)
      if (posting === undefined) continue
      posting.start += 1
      if (posting.start === posting.numbers.length) this.#byName.delete(name)
      else if (posting.start > 64 && posting.start * 2 > posting.numbers.length) {
        posting.numbers.splice(0, posting.start)
        posting.start = 0
      }
    }
  }

  /** The first block from `least` on that has one of the names; Infinity if there is none. */
  from(names: readonly string[], least: number): number {
    let first = Number.POSITIVE_INFINITY
    for (const name of names) first = Math.min(first, this.#byName.get(name)?.from(least) ?? first)
    return first
  }

  /** The last block up to `most` that has one of the names; -1 if there is none. */
  upTo(names: readonly string[], most: number): number {
    let last = -1
    for (const name of names) last = Math.max(last, this.#byName.get(name)?.upTo(most) ?? last)
    return last
  }
}
