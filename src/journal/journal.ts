import type { OutcryEvent } from '../events/event.js'
import type { JournalConnection } from './connection.js'
import type { DispatchEntry, JournalBatch, Recovered, RunEnd, RunManifest, RunStart } from './records.js'

/** Which events are read. What is absent does not narrow. */
export interface JournalQuery {
  /** First sequence; default the oldest kept. */
  readonly from?: number
  /** Last sequence, itself included; default the newest when the reading begins. */
  readonly to?: number
  /** Event types by name. */
  readonly types?: readonly string[]
  /** Events that concern any of these symbols. */
  readonly symbols?: readonly string[]
  /** Arrival time at or after, UTC epoch milliseconds. */
  readonly since?: number
  /** Arrival time before, UTC epoch milliseconds. */
  readonly until?: number
}

/** What may be forgotten. An event that is not settled stays, whatever the bounds say. */
export interface Retention {
  /** Arrived before, UTC epoch milliseconds. */
  readonly before?: number
  /** Bytes of events and records to be kept at most. */
  readonly maxBytes?: number
  /** Events to be kept at least, however old: the dedupe window, say. */
  readonly keepEvents?: number
}

export interface JournalFigures {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly lastChunk: number
  /** Of events and records, as they are stored. */
  readonly bytes: number
  /** Events that were forgotten by retention. */
  readonly trimmed: number
  /** What else an implementation tells, such as the connections of its pool. */
  readonly details: Readonly<Record<string, number>>
}

/** What a check of everything that is stored came to. */
export interface JournalCheck {
  readonly events: number
  readonly dispatches: number
  readonly blocks: number
  /** One sentence each, at most 100. */
  readonly problems: readonly string[]
  readonly runs: readonly RunManifest[]
}

/**
 * One log of accepted events by sequence and of dispatch records, and what an engine needs to go on
 * where it was killed. From it replay, recovery, digest and trace all follow.
 *
 * Implementations hold to one contract, which `test/journal/conformance` runs against each:
 *
 * - A batch is there as a whole or not at all, and behind all batches appended before it. Appends
 *   are called one after another, never two at once.
 * - `append(batch, true)` resolves once the batch, and all before it, outlive a loss of power.
 *   `append(batch, false)` resolves once a reader sees it, and outlives a kill of the process at most.
 * - An append that rejected may have been kept in part or whole: the caller appends it again, or
 *   names its events in `removed` of the next.
 * - One process holds it at a time; a second is refused with OUTCRY_JOURNAL_LOCKED.
 *
 * What it throws are OutcryErrors of the codes `OUTCRY_JOURNAL_…`.
 */
export interface Journal {
  /** For logs and errors, such as `lmdb:/var/lib/outcry`. */
  readonly name: string
  /** What has to be connected before it can be opened; absent where nothing has. */
  readonly connection?: JournalConnection
  /**
   * Takes the journal into possession and writes that a run has begun.
   *
   * @throws {OutcryError} OUTCRY_JOURNAL_LOCKED, OUTCRY_JOURNAL_FORMAT, OUTCRY_JOURNAL_CORRUPT or
   *   OUTCRY_JOURNAL_FAILED.
   */
  open(run: RunStart): Promise<Recovered>
  append(batch: JournalBatch, sync: boolean): Promise<void>
  /** Batches in order of sequence; at most a few hundred events each, none of them empty. */
  read(query?: JournalQuery): AsyncIterable<readonly OutcryEvent[]>
  /** Dispatch records in the order in which they were made, from chunk `fromChunk` on. */
  dispatches(fromChunk?: number): AsyncIterable<readonly DispatchEntry[]>
  /** Ids of the last `count` accepted events, oldest first; fewer where retention took some. */
  recentIds(count: number): Promise<readonly string[]>
  /** Forgets what may be forgotten. Returns how many events it forgot. */
  trim(retention: Retention): Promise<number>
  /** Reads everything and checks it. */
  verify(): Promise<JournalCheck>
  figures(): JournalFigures
  /** Writes how the run ended and lets go of it. Idempotent. */
  close(end: Exclude<RunEnd, 'crashed'>, endedAt: number): Promise<void>
}
