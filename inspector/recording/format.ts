import type { AuditListener, DispatchOutcome } from 'outcry'
import type { MachineDefinition, TraceEntry, TraceOutcome } from '../protocol.js'

/** What the audit stream hands over. */
export type AcceptedEvent = Parameters<NonNullable<AuditListener['accepted']>>[0]

/**
 * A recording is a text file of one JSON object a line: a header, then the entries of the audit
 * stream (accepted events, dispatch records, outcomes of laggards) with the actors' transitions
 * among them where they happened, and at the end what it came to. A statechart is written before the
 * first actor that has it. A file without its last line was cut off, and is good as far as it goes.
 */
export const TRACE_FORMAT = 'outcry-trace'
export const TRACE_VERSION = 1

export interface TraceHeader {
  readonly format: typeof TRACE_FORMAT
  readonly version: typeof TRACE_VERSION
  /** Of the package that wrote it. */
  readonly package: string
  readonly title: string
  readonly seed?: number
  /** The run's clock at the start. UTC epoch milliseconds. */
  readonly startedAt: number
  /** Whether the run follows from its input alone, so that its clock can be compared with another's. */
  readonly repeatable: boolean
}

export interface TraceEnd {
  readonly kind: 'end'
  readonly digest?: string
  /** Entries that were not written, as the recording had reached its bound. */
  readonly leftOut: number
}

export type TraceMachine = { readonly kind: 'machine'; readonly machine: MachineDefinition }

/** An entry as it is written: its number is its place. */
export type WrittenEntry = TraceEntry extends infer E ? (E extends TraceEntry ? Omit<E, 'entry'> : never) : never

export type TraceLine = WrittenEntry | TraceMachine | TraceEnd

export function outcomeOf(outcome: DispatchOutcome): TraceOutcome {
  const { strategy, succeeded, failed, skipped, abandoned, failedSequences, late } = outcome
  return { strategy, succeeded, failed, skipped, abandoned, failedSequences, late }
}

/** What a recording keeps of an accepted event: enough to tell it apart; of a signal also what it says. */
export function acceptedOf(event: AcceptedEvent): Extract<TraceEntry, { kind: 'accepted' }>['event'] {
  const { sequence, id, type, source, symbol, timestamp, causationId, payload } = event
  const base = { sequence, id, type, source, symbol, timestamp, causationId }
  return type === 'signal' ? { ...base, payload } : base
}
