import { TopK } from './top-k.js'

/** Types told by name; the rest are told together. */
const MAX_NAMED = 100

/** With so many, types that were added up are ranked before the next chunk: ranking costs more than adding up. */
const MAX_OPEN = 1_024

/** Settled events by type. Those of one that was displaced by another are among the rest. */
export interface SettledByType {
  readonly total: number
  /** The 100 of the most, highest first. */
  readonly byType: Readonly<Record<string, number>>
  readonly other: number
}

class Tally {
  count = 0

  constructor(readonly type: string) {}
}

/**
 * How many events of each type were settled, in bounded memory and with an exact sum. It is told once
 * a chunk and counts runs of one type: a comparison for an event, and for a run an addition and mostly
 * no look-up, as few types take turns.
 */
export class TypeCounts {
  readonly #top = new TopK<'settled'>(MAX_NAMED, ['settled'])
  readonly #open = new Map<string, Tally>()
  /** Of the last two runs that differ: events of one type come in runs, with another between them. */
  #latest = new Tally('')
  #before = new Tally('')

  settled(events: readonly { readonly type: string }[]): void {
    // Never within a chunk, as the tallies at hand would then be none of those that are ranked next.
    if (this.#open.size >= MAX_OPEN) this.#rank()
    let latest = this.#latest
    let before = this.#before
    let from = 0
    for (let at = 0; at < events.length; at += 1) {
      const { type } = events[at] as (typeof events)[number]
      if (type === latest.type) continue
      latest.count += at - from
      from = at
      const next = type === before.type ? before : this.#tallyOf(type)
      before = latest
      latest = next
    }
    latest.count += events.length - from
    this.#latest = latest
    this.#before = before
  }

  read(): SettledByType {
    this.#rank()
    return {
      total: this.#top.totals().settled,
      byType: Object.fromEntries(this.#top.entries().map(({ key, figures }) => [key, figures.settled])),
      other: this.#top.other().settled,
    }
  }

  #tallyOf(type: string): Tally {
    const known = this.#open.get(type)
    if (known !== undefined) return known
    const tally = new Tally(type)
    this.#open.set(type, tally)
    return tally
  }

  #rank(): void {
    for (const { type, count } of this.#open.values()) if (count > 0) this.#top.add(type, 'settled', count)
    this.#open.clear()
    this.#latest = new Tally('')
    this.#before = new Tally('')
  }
}
