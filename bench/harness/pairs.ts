import { median } from './statistics.js'

/** What is compared of one trial; a `Trial` is one. */
export interface Timed {
  readonly events: number
  readonly elapsedMs: number
  readonly processorMs: number
}

/** The trials of one round by contender. Not each contender takes part in each. */
export type Round<T extends Timed> = ReadonlyMap<string, T>

/**
 * How much of the reference's rate each contender reaches: the median of the ratios round by round, as what the
 * machine does beside falls on both halves of a pair, and on the medians of each by chance.
 */
export interface Ratios {
  /** Events that the reference was given: ratios of runs of different length do not compare. */
  readonly events: number
  /** Rounds in which the engine took part. */
  readonly pairs: number
  /** By contender, of the time that passed. */
  readonly wall: Readonly<Record<string, number>>
  /** By contender, of the processor time, collector and compiler included: steadier where the machine is shared. */
  readonly processor: Readonly<Record<string, number>>
}

const rounded = (value: number): number => Number(value.toFixed(4))

const each = (values: (of: Timed, reference: Timed) => number, rounds: readonly Round<Timed>[], reference: string) => {
  const taken = new Map<string, number[]>()
  for (const round of rounds) {
    const base = round.get(reference)
    if (base === undefined) continue
    for (const [name, one] of round) {
      const sofar = taken.get(name) ?? []
      taken.set(name, sofar)
      sofar.push(values(one, base))
    }
  }
  return Object.fromEntries([...taken].map(([name, all]) => [name, rounded(median(all))]))
}

/** The ratios of every contender to the reference, of those rounds in which both took part. */
export const ratiosTo = (reference: string, rounds: readonly Round<Timed>[]): Ratios => ({
  events: rounds[0]?.get(reference)?.events ?? 0,
  pairs: rounds.filter((round) => round.has('engine') && round.has(reference)).length,
  wall: each((one, base) => base.elapsedMs / base.events / (one.elapsedMs / one.events), rounds, reference),
  processor: each((one, base) => base.processorMs / base.events / (one.processorMs / one.events), rounds, reference),
})

/**
 * Who takes part in each round, in turn from one end and from the other, so that nobody always comes after the
 * same one. Between two rounds of all come `more` rounds of the pair alone, whose ratio is what is asked about.
 */
export const schedule = <C>(rounds: number, all: readonly C[], pair: readonly C[], more: number): readonly C[][] =>
  Array.from({ length: rounds }, () => [all, ...Array.from({ length: more }, () => pair)])
    .flat()
    .map((who, round) => (round % 2 === 0 ? [...who] : who.toReversed()))
