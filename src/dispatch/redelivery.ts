import { LANES, MARK_DERIVED, MARK_REDELIVERED, type OutcryEvent, withMarks } from '../events/event.js'
import type { EventTypes } from '../events/validate.js'
import type { EventCounts } from '../metrics/book.js'
import type { SymbolTable } from '../queue/partition.js'
import type { EventQueue } from '../queue/queue.js'

export interface RedeliveryPorts {
  readonly types: EventTypes
  readonly symbols: SymbolTable
  readonly queue: EventQueue
  readonly ledger: EventCounts
  readonly derived: EventCounts
  /** The lane of a source, where it has one of its own. */
  readonly laneOfSource: (source: string) => number | undefined
}

/** A type that nobody has named yet in this run. */
const UNKNOWN_LANE = LANES.indexOf('normal')

/**
 * Queues events again that an earlier run accepted and did not bring to an end: past dedupe and
 * bounds, as they had passed them then, and marked as redelivered.
 */
export class Redelivery {
  /** Events queued again. */
  count = 0
  private claims = new Map<string, OutcryEvent>()

  constructor(private readonly ports: RedeliveryPorts) {}

  /** Events that wait for their input to come by. */
  get expected(): number {
    return this.claims.size
  }

  requeue(event: OutcryEvent): void {
    const { queue, types, symbols, ledger, derived, laneOfSource } = this.ports
    const again = withMarks(event, event.marks | MARK_REDELIVERED)
    const lane = laneOfSource(event.source) ?? types.laneIndexByName(event.type) ?? UNKNOWN_LANE
    queue.place(again, lane, symbols.get(event.symbol ?? event.type).partition)
    const counts = (event.marks & MARK_DERIVED) === 0 ? ledger : derived
    counts.accepted()
    this.count += 1
  }

  /**
   * These are queued when their input, or the answer that they were, comes by once more: over recorded
   * data each has to take the turn that it had.
   */
  expect(events: readonly OutcryEvent[]): void {
    for (const event of events) this.claims.set(event.id, event)
  }

  /** Queues an expected event; undefined if none of that id is expected. */
  claim(id: string | undefined): OutcryEvent | undefined {
    const event = id === undefined ? undefined : this.claims.get(id)
    if (event === undefined) return undefined
    this.claims.delete(event.id)
    this.requeue(event)
    return event
  }

  /** Nothing more comes by: what was expected in vain is queued now. */
  claimRest(): void {
    const rest = [...this.claims.values()].sort((a, b) => a.sequence - b.sequence)
    this.claims.clear()
    for (const event of rest) this.requeue(event)
  }
}
