import type { Lane, OutcryEvent } from '../events/event.js'

/** What one strategy made of one chunk. */
export interface DispatchOutcome {
  readonly strategy: string
  readonly succeeded: number
  readonly failed: number
  readonly skipped: number
  readonly abandoned: number
  /** Sequences of the events that failed. */
  readonly failedSequences: readonly number[]
  /** It answered after its group had gone on. */
  readonly late: boolean
}

/** One chunk's way through the strategies: with the accepted events, all that replay and digest need. */
export interface DispatchRecord {
  /** Chunk number, from 1. */
  readonly chunk: number
  readonly lane: Lane
  /** The run's clock when the chunk was leased, epoch ms. */
  readonly clock: number
  /** How long its groups took, on the machine's clock: real work, so no digest covers it. Milliseconds. */
  readonly elapsedMs: number
  readonly events: readonly OutcryEvent[]
  readonly outcomes: readonly DispatchOutcome[]
}

/** Follows the one audit stream of accepted events and dispatch records. */
export interface AuditListener {
  accepted?(event: OutcryEvent): void
  /**
   * An accepted event gave way to another of its key: it is never leased. Either it was queued and the
   * newer one was accepted just now, or the other way round.
   */
  conflated?(older: OutcryEvent, newer: OutcryEvent): void
  /** Called when a chunk's lease ends; outcomes of laggards follow by `outcome`. */
  dispatched?(record: DispatchRecord): void
  /** The outcome of a delivery that outlived its chunk's lease. */
  outcome?(chunk: number, outcome: DispatchOutcome, events: readonly OutcryEvent[]): void
}

/** The one internal stream on which digest, history, journal and trace stand. */
export class Audit {
  private readonly acceptedListeners: ((event: OutcryEvent) => void)[] = []
  private readonly dispatchListeners: AuditListener[] = []
  private readonly conflationListeners: AuditListener[] = []

  /** True if anybody wants dispatch records: making them costs. */
  get recording(): boolean {
    return this.dispatchListeners.length > 0
  }

  add(listener: AuditListener): () => void {
    const accepted = listener.accepted?.bind(listener)
    if (accepted !== undefined) this.acceptedListeners.push(accepted)
    if (listener.conflated !== undefined) this.conflationListeners.push(listener)
    if (listener.dispatched !== undefined || listener.outcome !== undefined) this.dispatchListeners.push(listener)
    return () => {
      if (accepted !== undefined) remove(this.acceptedListeners, accepted)
      remove(this.dispatchListeners, listener)
      remove(this.conflationListeners, listener)
    }
  }

  accepted(event: OutcryEvent): void {
    for (let index = 0; index < this.acceptedListeners.length; index++) this.acceptedListeners[index]?.(event)
  }

  conflated(older: OutcryEvent, newer: OutcryEvent): void {
    for (const listener of this.conflationListeners) listener.conflated?.(older, newer)
  }

  dispatched(record: DispatchRecord): void {
    for (const listener of this.dispatchListeners) listener.dispatched?.(record)
  }

  outcome(chunk: number, outcome: DispatchOutcome, events: readonly OutcryEvent[]): void {
    for (const listener of this.dispatchListeners) listener.outcome?.(chunk, outcome, events)
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item)
  if (index >= 0) list.splice(index, 1)
}
