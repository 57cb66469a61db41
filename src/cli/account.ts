import type { DeadLetterSummary, EngineStats } from '../../actors/api.js'
import type { EventLedger } from '../metrics/ledger.js'
import { type Kind, kindOf } from './tally.js'

/** Entries of a list; what is past them is added up in the last. */
const MAX_ENTRIES = 50

/** What `outcry run --json` prints of a run beyond its figures: who did what, and what went wrong. */
export interface Account {
  /** What strategies published in turn. */
  readonly derived: Readonly<EventLedger>
  /** Signals by the name of the strategy; of the 1,000 with the most. */
  readonly signalsByStrategy: Readonly<Record<string, number>>
  /** Records that were no events, by reason, with a few of the places where they were met. */
  readonly invalidReasons: readonly { reason: string; count: number; places: readonly string[] }[]
  /** The dead letters that were looked at, by strategy, reason and error. */
  readonly deadLetterReasons: readonly DeadLetterReason[]
  /** Faults, by the part of the engine in which they came up. */
  readonly faults: readonly { where: string; count: number }[]
}

export interface DeadLetterReason {
  /** null for letters that belong to no strategy. */
  readonly strategy: string | null
  readonly reason: string
  readonly error: string
  readonly count: number
}

/** Counts by a key, in bounded memory: keys past the fiftieth are added up under `other`. */
export class Counts {
  private readonly counts = new Map<string, number>()
  private rest = 0

  add(key: string): void {
    const before = this.counts.get(key)
    if (before === undefined && this.counts.size >= MAX_ENTRIES) this.rest += 1
    else this.counts.set(key, (before ?? 0) + 1)
  }

  /** The most frequent first; equal ones in the order they were met. */
  list(): readonly (readonly [key: string, count: number])[] {
    const sorted = [...this.counts].sort(([, a], [, b]) => b - a)
    return this.rest === 0 ? sorted : [...sorted, ['other', this.rest]]
  }
}

const MAX_STRATEGIES = 1_000

const signalsByStrategy = (strategies: EngineStats['strategies']): Record<string, number> =>
  Object.fromEntries(
    Object.entries(strategies)
      .map(([name, { signals }]) => [name, signals] as const)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_STRATEGIES),
  )

/** Errors that differ in a number or a value alone are one kind, told in the words of the first. */
function deadLetterReasons(letters: readonly DeadLetterSummary[]): readonly DeadLetterReason[] {
  const kinds = new Map<string, DeadLetterReason>()
  let rest = 0
  for (const { strategy, reason, error } of letters) {
    const key = JSON.stringify([strategy ?? null, reason, kindOf(error)])
    const kind = kinds.get(key)
    if (kind !== undefined) kinds.set(key, { ...kind, count: kind.count + 1 })
    else if (kinds.size < MAX_ENTRIES) kinds.set(key, { strategy: strategy ?? null, reason, error, count: 1 })
    else rest += 1
  }
  const list = [...kinds.values()].sort((a, b) => b.count - a.count)
  return rest === 0 ? list : [...list, { strategy: null, reason: 'other', error: '', count: rest }]
}

/** What an account is made of. */
export interface Evidence {
  readonly stats: EngineStats
  readonly derived: EventLedger
  readonly invalid: readonly Kind[]
  readonly deadLetters: readonly DeadLetterSummary[]
  readonly faults: Counts
}

export function account({ stats, derived: d, invalid, deadLetters, faults }: Evidence): Account {
  return {
    derived: {
      published: d.published,
      invalid: d.invalid,
      duplicate: d.duplicate,
      refused: d.refused,
      accepted: d.accepted,
      settled: d.settled,
      conflated: d.conflated,
      expired: d.expired,
      evicted: d.evicted,
      abandoned: d.abandoned,
      queued: d.queued,
      inFlight: d.inFlight,
      late: d.late,
    },
    signalsByStrategy: signalsByStrategy(stats.strategies),
    invalidReasons: invalid.map(({ reason, count, examples }) => ({ reason, count, places: examples })),
    deadLetterReasons: deadLetterReasons(deadLetters),
    faults: faults.list().map(([where, count]) => ({ where, count })),
  }
}
