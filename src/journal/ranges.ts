/** Sequences from `from` to `to`, both of them included. */
export interface SequenceRange {
  readonly from: number
  readonly to: number
}

/**
 * A set of sequences, held as ranges in order: settled events come nearly in order, so that a few
 * ranges say what a flag for each event would.
 */
export class RangeSet {
  readonly #ranges: { from: number; to: number }[] = []

  constructor(ranges: Iterable<SequenceRange> = []) {
    for (const range of ranges) this.add(range.from, range.to)
  }

  /** How many ranges there are. */
  get size(): number {
    return this.#ranges.length
  }

  /** How many sequences are in it. */
  get count(): number {
    let count = 0
    for (const { from, to } of this.#ranges) count += to - from + 1
    return count
  }

  has(sequence: number): boolean {
    const range = this.#ranges[this.#firstEndingAt(sequence)]
    return range !== undefined && range.from <= sequence
  }

  add(from: number, to = from): void {
    if (to < from) return
    const ranges = this.#ranges
    const last = ranges[ranges.length - 1]
    // Nearly always it goes on where the last one ended.
    if (last === undefined || from > last.to + 1) {
      ranges.push({ from, to })
      return
    }
    const start = this.#firstEndingAt(from - 1)
    let end = start
    let low = from
    let high = to
    for (let range = ranges[end]; range !== undefined && range.from <= to + 1; range = ranges[end]) {
      low = Math.min(low, range.from)
      high = Math.max(high, range.to)
      end += 1
    }
    const only = end - start === 1 ? ranges[start] : undefined
    if (only !== undefined) {
      only.from = low
      only.to = high
    } else ranges.splice(start, end - start, { from: low, to: high })
  }

  clear(): void {
    this.#ranges.length = 0
  }

  list(): SequenceRange[] {
    return this.#ranges.map(({ from, to }) => ({ from, to }))
  }

  /** What of `from` to `to` is not in the set, in order. */
  missing(from: number, to: number): SequenceRange[] {
    const gaps: SequenceRange[] = []
    let next = from
    for (let index = this.#firstEndingAt(from); next <= to; index += 1) {
      const range = this.#ranges[index]
      if (range === undefined || range.from > to) {
        gaps.push({ from: next, to })
        break
      }
      if (range.from > next) gaps.push({ from: next, to: range.from - 1 })
      next = Math.max(next, range.to + 1)
    }
    return gaps
  }

  /** The index of the first range whose end is at or behind `sequence`. */
  #firstEndingAt(sequence: number): number {
    const ranges = this.#ranges
    let low = 0
    let high = ranges.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ranges[middle]?.to ?? 0) < sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}
