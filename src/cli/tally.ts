/** One kind of thing that went wrong. */
export interface Kind {
  readonly reason: string
  readonly count: number
  /** Where it was met first, a few of the places. */
  readonly examples: readonly string[]
}

const MAX_KINDS = 50
const MAX_EXAMPLES = 3

/** The number at the head of a reason says where, which the place says too. */
const headless = (reason: string): string => reason.replace(/^(?:item|line|record|row) \d+: /, '')

/** What tells two reasons of one kind apart: the value that was got, and every number. */
export const kindOf = (reason: string): string => reason.replace(/ \(got .*\)(?=\.?$)/s, '').replace(/\d+/g, '#')

/** Reasons by kind, with examples, in bounded memory: kinds past the fiftieth are added up as `other`. */
export class Tally {
  private readonly kinds = new Map<string, { reason: string; count: number; examples: string[] }>()
  private rest = 0

  /** `place` is where it was met, if that is known. */
  add(reason: string, place?: string): void {
    const key = kindOf(reason)
    const kind = this.kinds.get(key)
    if (kind !== undefined) {
      kind.count += 1
      if (place === undefined || kind.examples.length >= MAX_EXAMPLES || kind.examples.includes(place)) return
      kind.examples.push(place)
    } else if (this.kinds.size < MAX_KINDS) {
      this.kinds.set(key, { reason: headless(reason), count: 1, examples: place === undefined ? [] : [place] })
    } else {
      this.rest += 1
    }
  }

  /** All that was added. */
  get total(): number {
    let sum = this.rest
    for (const { count } of this.kinds.values()) sum += count
    return sum
  }

  /** The most frequent first; equal ones in the order they were met. */
  list(): readonly Kind[] {
    const kinds: Kind[] = [...this.kinds.values()].sort((a, b) => b.count - a.count)
    return this.rest === 0 ? kinds : [...kinds, { reason: 'other', count: this.rest, examples: [] }]
  }
}
