import type { SavedBreaker } from '../breaker/saved.js'
import type { DeadLetterReason, LetterError } from '../dead-letters/letter.js'
import type { DispatchOutcome } from '../dispatch/audit.js'
import type { Halt } from '../dispatch/halts.js'
import type { Lane, OutcryEvent } from '../events/event.js'
import type { SequenceRange } from './ranges.js'

/** The format that this version writes. A journal of a newer one is refused. */
export const JOURNAL_FORMAT = 1

/** One chunk's way through the strategies, as it is kept: its events by their sequence. */
export interface DispatchEntry {
  /** Chunk number, from 1 up; it goes on from run to run. */
  readonly chunk: number
  readonly lane: Lane
  /** The run's clock when the chunk was leased, UTC epoch milliseconds. */
  readonly clock: number
  /** The last sequence given out when the record was made: its place between the accepted events. */
  readonly after: number
  readonly sequences: readonly number[]
  readonly outcomes: readonly DispatchOutcome[]
  /** True for the outcome of a laggard, which came after its chunk's own record; then `sequences` is empty. */
  readonly late: boolean
}

/** A dead letter as it is kept. */
export interface StoredLetter {
  readonly id: string
  readonly event: OutcryEvent | undefined
  readonly strategy: string | undefined
  readonly reason: DeadLetterReason
  readonly error: LetterError
  readonly attempts: number
  readonly returns: number
  /** UTC epoch milliseconds. */
  readonly at: number
}

/** A strategy's state as it was between two chunks. */
export interface StrategySnapshot {
  readonly strategy: string
  /** The last chunk that the state has in it. */
  readonly chunk: number
  /** What `snapshot` gave; anything that structured clone takes. */
  readonly state: unknown
}

/** How far a recording was read: a run that is started again goes on behind it. */
export interface ReadPosition {
  /** Items of the merged recordings taken so far, broken records among them. */
  readonly items: number
  /** The last sequence given out at that point. */
  readonly sequence: number
}

/** What becomes durable together, or not at all. Every field may be absent. */
export interface JournalBatch {
  /** In order of sequence, each above all that were appended before. */
  readonly events?: readonly OutcryEvent[]
  /** Sequences of events that were refused after all: what an append that failed left of them is to go. */
  readonly removed?: readonly SequenceRange[]
  /** Events that have come to their end: settled, expired, evicted, conflated or given up. */
  readonly settled?: readonly SequenceRange[]
  readonly dispatches?: readonly DispatchEntry[]
  /** By the name of a sink: it is done with all signals up to this sequence. */
  readonly acknowledged?: Readonly<Record<string, number>>
  readonly letters?: readonly StoredLetter[]
  /** Ids of letters that are no longer held. */
  readonly lettersGone?: readonly string[]
  /** Each takes the place of its strategy's last. */
  readonly snapshots?: readonly StrategySnapshot[]
  /** Strategies whose snapshot is to be forgotten. */
  readonly snapshotsGone?: readonly string[]
  /** All that is halted, where that has changed. */
  readonly halts?: readonly Halt[]
  /** Each takes the place of the last of its name. */
  readonly breakers?: readonly SavedBreaker[]
  readonly position?: ReadPosition
}

/** What is written of a run when it begins. */
export interface RunStart {
  /** The version of this package. */
  readonly version: string
  /** A hash of what the engine was configured with: tells whether two runs are alike. */
  readonly configuration: string
  /** UTC epoch milliseconds. */
  readonly startedAt: number
  /** It only reads, as a check or an export does: its name is in the list of runs while it is open, and no longer. */
  readonly look?: boolean
}

/**
 * How a run ended. `crashed` is found by the next one: nobody could write it. `quarantined`: damage
 * was found when it opened, and set aside.
 */
export type RunEnd = 'clean' | 'failed' | 'crashed'

/** One run, as its journal remembers it. */
export interface RunManifest extends RunStart {
  /** From 1 up. */
  readonly run: number
  /** Undefined while it runs. */
  readonly end: RunEnd | undefined
  readonly endedAt: number | undefined
  /** It took over what a crashed run had left. */
  readonly recovered: boolean
  /** It found damage and set it aside. */
  readonly quarantined: boolean
}

/** Something that was written and cannot be read. */
export interface JournalDamage {
  readonly where: string
  readonly problem: string
  /** `cut`: the end of the log, which no run was told of. `quarantined`: set aside, to be looked at. */
  readonly remedy: 'cut' | 'quarantined'
  /** The events that are gone with it, where that is known. */
  readonly sequences: SequenceRange | undefined
}

/** What an engine goes on from. */
export interface Recovered {
  readonly run: number
  /** The last runs, oldest first, this one at the end; at most 100. */
  readonly runs: readonly RunManifest[]
  /** 0 for a new journal. */
  readonly lastSequence: number
  readonly lastChunk: number
  /** Accepted and not at their end, in order. */
  readonly unsettled: readonly SequenceRange[]
  readonly acknowledged: Readonly<Record<string, number>>
  readonly letters: readonly StoredLetter[]
  readonly snapshots: readonly StrategySnapshot[]
  readonly halts: readonly Halt[]
  readonly breakers: readonly SavedBreaker[]
  readonly position: ReadPosition | undefined
  readonly damage: readonly JournalDamage[]
}
