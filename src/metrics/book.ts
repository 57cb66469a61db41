import type { DeadLetterLedger, DeliveryLedger, EventLedger, Ledger } from './ledger.js'

/** Counts of events. Every method keeps both event equations exact, whatever its order of call. */
export class EventCounts {
  /** The running figures; read them, and change them by the methods. */
  readonly figures: EventLedger = {
    published: 0,
    invalid: 0,
    duplicate: 0,
    refused: 0,
    accepted: 0,
    settled: 0,
    conflated: 0,
    expired: 0,
    evicted: 0,
    abandoned: 0,
    queued: 0,
    inFlight: 0,
    late: 0,
  }

  /** Published, and did not fit its type. */
  invalid(count = 1): void {
    this.figures.published += count
    this.figures.invalid += count
  }

  /** Published, and its id was seen before. */
  duplicate(count = 1): void {
    this.figures.published += count
    this.figures.duplicate += count
  }

  /** Published, and not taken. */
  refused(count = 1): void {
    this.figures.published += count
    this.figures.refused += count
  }

  /** Published, accepted and queued. */
  accepted(count = 1): void {
    this.figures.published += count
    this.figures.accepted += count
    this.figures.queued += count
  }

  /** Accepted behind a later timestamp: a property, beside whatever becomes of the event. */
  late(count = 1): void {
    this.figures.late += count
  }

  /** From the queue into a worker's hands. */
  leased(count: number): void {
    this.figures.queued -= count
    this.figures.inFlight += count
  }

  /** Back into the queue undelivered, as when a pause met a lease. */
  returned(count: number): void {
    this.figures.inFlight -= count
    this.figures.queued += count
  }

  /** The last delivery of an event in flight is done. */
  settled(count: number): void {
    this.figures.inFlight -= count
    this.figures.settled += count
  }

  /** Replaced by a newer event while queued. */
  conflated(count = 1): void {
    this.figures.queued -= count
    this.figures.conflated += count
  }

  /** Queued for longer than it was worth. */
  expired(count = 1): void {
    this.figures.queued -= count
    this.figures.expired += count
  }

  /** Queued, and gave its room to a more urgent event. */
  evicted(count = 1): void {
    this.figures.queued -= count
    this.figures.evicted += count
  }

  /** Still queued at a stop without drain. */
  abandonedQueued(count: number): void {
    this.figures.queued -= count
    this.figures.abandoned += count
  }

  /** Still in flight at a stop past its timeout. */
  abandonedInFlight(count: number): void {
    this.figures.inFlight -= count
    this.figures.abandoned += count
  }
}

/** Counts of deliveries: one event to one strategy. */
export class DeliveryCounts {
  /** The running figures; read them, and change them by the methods. */
  readonly figures: DeliveryLedger = {
    due: 0,
    succeeded: 0,
    deadLettered: 0,
    skipped: 0,
    abandoned: 0,
    inFlight: 0,
  }

  /** Begun: each must come to one of the other four. A redrive adds one. */
  due(count: number): void {
    this.figures.due += count
    this.figures.inFlight += count
  }

  succeeded(count: number): void {
    this.figures.inFlight -= count
    this.figures.succeeded += count
  }

  deadLettered(count = 1): void {
    this.figures.inFlight -= count
    this.figures.deadLettered += count
  }

  /** The strategy's breaker was open, it was paused, or the symbol was halted. */
  skipped(count: number): void {
    this.figures.inFlight -= count
    this.figures.skipped += count
  }

  abandoned(count: number): void {
    this.figures.inFlight -= count
    this.figures.abandoned += count
  }
}

/** Counts of dead letters, for an engine whose store does not keep its own. */
export class DeadLetterCounts {
  /** The running figures; read them, and change them by the methods. */
  readonly figures: DeadLetterLedger = { entered: 0, held: 0, redriven: 0, discarded: 0, evicted: 0 }

  entered(count = 1): void {
    this.figures.entered += count
    this.figures.held += count
  }

  redriven(count = 1): void {
    this.figures.held -= count
    this.figures.redriven += count
  }

  discarded(count = 1): void {
    this.figures.held -= count
    this.figures.discarded += count
  }

  evicted(count = 1): void {
    this.figures.held -= count
    this.figures.evicted += count
  }
}

/**
 * The ledgers while they run. Counting is by chunk: the methods take a count, and each moves
 * it from one side of an equation to the other, so that the equations hold after every call.
 */
export class LedgerBook {
  readonly events = new EventCounts()
  readonly derived = new EventCounts()
  readonly deliveries = new DeliveryCounts()
  readonly deadLetters = new DeadLetterCounts()

  /**
   * A copy that later counting does not change.
   *
   * @param deadLetters The ledger of a store that keeps its own, in place of this book's.
   */
  snapshot(deadLetters: Readonly<DeadLetterLedger> = this.deadLetters.figures): Ledger {
    return {
      events: { ...this.events.figures },
      derived: { ...this.derived.figures },
      deliveries: { ...this.deliveries.figures },
      deadLetters: { ...deadLetters },
    }
  }
}

/** The ledger of an engine that has done nothing yet. */
export const emptyLedger = (): Ledger => new LedgerBook().snapshot()
