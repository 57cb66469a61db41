import type { OutcryEvent } from '../events/event.js'
import { Digest } from '../metrics/digest.js'
import type { AuditListener, DispatchOutcome, DispatchRecord } from './audit.js'

/**
 * The digest of a run: accepted events, dispatch records and signals, without what differs between
 * two equal runs (ids, arrival times, how long anything took).
 */
export class RunDigest implements AuditListener {
  private readonly digest = new Digest()

  accepted(event: OutcryEvent): void {
    const { digest } = this
    digest.integer(event.sequence)
    digest.string(event.type)
    digest.number(event.timestamp)
    if (event.symbol !== undefined) digest.string(event.symbol)
    digest.integer(event.marks)
    if (event.type !== 'signal') return
    digest.string(event.source)
    digest.string(JSON.stringify(event.payload))
  }

  dispatched(record: DispatchRecord): void {
    const { chunk, clock, events, outcomes } = record
    this.chunk(
      chunk,
      clock,
      events.map(({ sequence }) => sequence),
      outcomes,
    )
  }

  /** A dispatch record by its sequences, as a journal keeps it. */
  chunk(chunk: number, clock: number, sequences: readonly number[], outcomes: readonly DispatchOutcome[]): void {
    const { digest } = this
    digest.integer(chunk)
    digest.number(clock)
    digest.integer(sequences.length)
    for (const sequence of sequences) digest.integer(sequence)
    for (const outcome of outcomes) this.take(outcome)
  }

  outcome(chunk: number, outcome: DispatchOutcome): void {
    this.digest.integer(chunk)
    this.take(outcome)
  }

  hex(): string {
    return this.digest.hex()
  }

  private take(outcome: DispatchOutcome): void {
    const { digest } = this
    digest.string(outcome.strategy)
    digest.integer(outcome.succeeded)
    digest.integer(outcome.failed)
    digest.integer(outcome.skipped)
    digest.integer(outcome.abandoned)
    for (const sequence of outcome.failedSequences) digest.integer(sequence)
  }
}
