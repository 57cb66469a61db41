import type { Halt } from '../dispatch/halts.js'
import type { JournalBatch, ReadPosition, RunEnd, RunManifest, RunStart } from './records.js'
import type { JournalState } from './state.js'

/** The small facts that each batch brings up to date, as they are stored. */
export interface StoredFacts {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly lastChunk: number
  readonly bytes: number
  readonly trimmed: number
  /** The running number of the last dispatch record. */
  readonly records: number
  readonly acknowledged: Readonly<Record<string, number>>
  readonly position?: ReadPosition | undefined
  readonly halts: readonly Halt[]
}

/** What an implementation counts itself. */
export type StoredCounts = Pick<StoredFacts, 'bytes' | 'trimmed' | 'records'>

/** The facts as they will be once `batch` is written. */
export function factsAfter(state: JournalState, batch: JournalBatch, counts: StoredCounts): StoredFacts {
  const { events, removed = [], dispatches = [], acknowledged, position, halts } = batch
  return {
    firstSequence: state.firstSequence,
    lastSequence: removed.reduce((most, { to }) => Math.max(most, to), events?.at(-1)?.sequence ?? state.lastSequence),
    lastChunk: dispatches.reduce((most, { chunk }) => Math.max(most, chunk), state.lastChunk),
    ...counts,
    acknowledged: { ...state.acknowledged, ...acknowledged },
    position: position ?? state.position,
    halts: halts ?? state.halts,
  }
}

/** Puts stored facts into the state of a journal that is being opened. */
export function restoreFacts(state: JournalState, facts: StoredFacts): void {
  state.firstSequence = facts.firstSequence
  state.lastSequence = facts.lastSequence
  state.lastChunk = facts.lastChunk
  state.acknowledged = { ...facts.acknowledged }
  state.position = facts.position
  // What is undefined has no place in JSON.
  state.halts = facts.halts.map((halt) => ({ ...halt, symbol: halt.symbol ?? undefined }))
}

/** Runs as they were stored. */
export const runsOfStored = (stored: unknown): RunManifest[] =>
  (stored as RunManifest[]).map((run) => ({ ...run, end: run.end ?? undefined, endedAt: run.endedAt ?? undefined }))

/** Runs that are remembered. */
const MAX_RUNS = 1_000

/** Begins a run in the state of a journal that is being opened, and says of the one before how it ended. Its number. */
export function beginRun(state: JournalState, start: RunStart): number {
  // A look that was killed has left nothing behind that anybody would have to take over.
  if (state.runs.at(-1)?.look === true) state.runs.pop()
  const before = state.runs.at(-1)
  // One that is known to have crashed was looked at since, and taken over by nobody.
  const crashed = before !== undefined && (before.end === undefined || before.end === 'crashed')
  if (crashed) state.runs[state.runs.length - 1] = { ...before, end: 'crashed' }
  const run = (before?.run ?? 0) + 1
  const quarantined = state.damage.length > 0
  state.runs.push({ ...start, run, end: undefined, endedAt: undefined, recovered: crashed, quarantined })
  state.runs = state.runs.slice(-MAX_RUNS)
  return run
}

/** Writes into the state how the last run ended. A look is forgotten, as it would push out the runs that it looks at. */
export function endRun(state: JournalState, end: Exclude<RunEnd, 'crashed'>, endedAt: number): void {
  const run = state.runs.at(-1)
  if (run === undefined) return
  if (run.look === true) state.runs.pop()
  else state.runs[state.runs.length - 1] = { ...run, end, endedAt }
}
