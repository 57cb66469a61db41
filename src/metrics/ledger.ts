/**
 * `published = invalid + duplicate + refused + accepted` and
 * `accepted = settled + conflated + expired + evicted + abandoned + queued + inFlight`.
 */
export interface EventLedger {
  published: number
  invalid: number
  duplicate: number
  refused: number
  accepted: number
  settled: number
  conflated: number
  expired: number
  evicted: number
  abandoned: number
  queued: number
  inFlight: number
  /** Published behind a later timestamp of an ordered run; a property, not a fate, so outside the sums. */
  late: number
}

/** `due = succeeded + deadLettered + skipped + abandoned + inFlight`; one delivery is one event to one strategy. */
export interface DeliveryLedger {
  due: number
  succeeded: number
  deadLettered: number
  skipped: number
  abandoned: number
  inFlight: number
}

/** `entered = held + redriven + discarded + evicted`. */
export interface DeadLetterLedger {
  entered: number
  held: number
  redriven: number
  discarded: number
  evicted: number
}

export interface Ledger {
  /** What feeds and the host published. */
  readonly events: Readonly<EventLedger>
  /** What strategies published in turn: their signals and events of their own. The same equations hold. */
  readonly derived: Readonly<EventLedger>
  readonly deliveries: Readonly<DeliveryLedger>
  readonly deadLetters: Readonly<DeadLetterLedger>
}
