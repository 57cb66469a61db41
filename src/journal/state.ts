import type { SavedBreaker } from '../breaker/saved.js'
import type { Halt } from '../dispatch/halts.js'
import { RangeSet } from './ranges.js'
import type {
  JournalBatch,
  JournalDamage,
  ReadPosition,
  Recovered,
  RunManifest,
  StoredLetter,
  StrategySnapshot,
} from './records.js'

/** Runs that are told of. */
const MAX_RUNS = 100

/**
 * Everything but events and dispatch records: small, read as a whole when a journal is opened, and
 * brought up to date by each batch. What each implementation does with it is where they differ.
 */
export class JournalState {
  readonly settled = new RangeSet()
  readonly letters = new Map<string, StoredLetter>()
  readonly snapshots = new Map<string, StrategySnapshot>()
  readonly breakers = new Map<string, SavedBreaker>()
  acknowledged: Record<string, number> = {}
  halts: readonly Halt[] = []
  position: ReadPosition | undefined
  runs: RunManifest[] = []
  damage: JournalDamage[] = []
  firstSequence = 1
  lastSequence = 0
  lastChunk = 0

  copy(other: JournalState): void {
    for (const { from, to } of other.settled.list()) this.settled.add(from, to)
    for (const [id, letter] of other.letters) this.letters.set(id, letter)
    for (const [name, snapshot] of other.snapshots) this.snapshots.set(name, snapshot)
    for (const [name, breaker] of other.breakers) this.breakers.set(name, breaker)
    this.acknowledged = { ...other.acknowledged }
    this.halts = other.halts
    this.position = other.position
    this.runs = [...other.runs]
    this.damage = [...other.damage]
    this.firstSequence = other.firstSequence
    this.lastSequence = other.lastSequence
    this.lastChunk = other.lastChunk
  }

  apply(batch: JournalBatch): void {
    const { events = [], removed = [], settled = [], dispatches = [] } = batch
    const last = events.at(-1)
    if (last !== undefined && last.sequence > this.lastSequence) this.lastSequence = last.sequence
    for (const { from, to } of removed) {
      this.settled.add(from, to)
      // What was given out is not given out again.
      if (to > this.lastSequence) this.lastSequence = to
    }
    for (const { from, to } of settled) this.settled.add(from, to)
    for (const { chunk } of dispatches) if (chunk > this.lastChunk) this.lastChunk = chunk
    Object.assign(this.acknowledged, batch.acknowledged)
    for (const letter of batch.letters ?? []) this.letters.set(letter.id, letter)
    for (const id of batch.lettersGone ?? []) this.letters.delete(id)
    for (const snapshot of batch.snapshots ?? []) this.snapshots.set(snapshot.strategy, snapshot)
    for (const strategy of batch.snapshotsGone ?? []) this.snapshots.delete(strategy)
    for (const breaker of batch.breakers ?? []) this.breakers.set(breaker.name, breaker)
    if (batch.halts !== undefined) this.halts = batch.halts
    if (batch.position !== undefined) this.position = batch.position
  }

  /** The last sequence below which all is settled. */
  get settledUpTo(): number {
    const first = this.settled.missing(this.firstSequence, this.lastSequence)[0]
    return first === undefined ? this.lastSequence : first.from - 1
  }

  recovered(run: number): Recovered {
    return {
      run,
      runs: this.runs.slice(-MAX_RUNS),
      lastSequence: this.lastSequence,
      lastChunk: this.lastChunk,
      unsettled: this.settled.missing(this.firstSequence, this.lastSequence),
      acknowledged: { ...this.acknowledged },
      letters: [...this.letters.values()],
      snapshots: [...this.snapshots.values()],
      halts: this.halts,
      breakers: [...this.breakers.values()],
      position: this.position,
      damage: this.damage,
    }
  }
}
