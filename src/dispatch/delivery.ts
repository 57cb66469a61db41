import type { Permit } from '../breaker/handle.js'
import type { SignalPayload } from '../events/catalogue/signal.js'
import type { EventDraft } from '../events/draft.js'
import type { OutcryEvent } from '../events/event.js'
import type { GroupStep } from './chunk-work.js'
import type { StrategyRuntime } from './runtime.js'

/** A signal that a handler or a timer answered, with the event that it answers. */
export interface Answer {
  readonly draft: EventDraft<'signal', SignalPayload>
  /** The events that the handler was called with; the last is the cause of a signal that names none. */
  readonly among: readonly OutcryEvent[]
}

/** What became of one event of a delivery that did not succeed. */
export interface DeliveryFailure {
  readonly event: OutcryEvent
  readonly reason: 'poison' | 'timeout' | 'refused'
  readonly error: unknown
  readonly attempts: number
}

/**
 * The events of one chunk for one strategy: the unit that succeeds, fails in part, waits for its
 * strategy's turn, or is detached from its group because the strategy is late.
 */
export class Delivery {
  /** `fresh` until a strategy actor took it: one that stays fresh after a send met a stopped actor. */
  status: 'fresh' | 'waiting' | 'running' | 'done' = 'fresh'
  /** Its group no longer waits for it. */
  detached = false
  /** Given up while its handler was running: what that has not handled yet is abandoned when it returns. */
  halted = false
  succeeded = 0
  skipped = 0
  abandoned = 0
  readonly failures: DeliveryFailure[] = []
  readonly answers: Answer[] = []
  /** What is still to be handled: a stack of (from, to) pairs of indices into `events`, next on top. */
  readonly ranges: number[]
  /** The pair that a pending promise is handling. */
  from = 0
  to = 0
  /** Attempts already made on the event at `from`. */
  attempts = 0
  /** When its strategy began with it, on the machine's clock, in milliseconds. */
  startedAt = 0
  /** The leave that the strategy's breaker gave for it, until its results are reported. */
  permit: Permit | undefined
  /** Told when it is done, where somebody waits for just this one. */
  onDone: (() => void) | undefined
  /** A transactional strategy's state from before the current call. */
  before: unknown

  constructor(
    readonly step: GroupStep,
    readonly runtime: StrategyRuntime,
    readonly events: readonly OutcryEvent[],
  ) {
    this.ranges = [0, events.length]
  }

  /** Events that have no fate yet. */
  get open(): number {
    return this.events.length - this.succeeded - this.failures.length - this.skipped - this.abandoned
  }

  /** Gives every event without a fate this one; in order, as none of them was handled yet. */
  failOpen(reason: DeliveryFailure['reason'], error: unknown): void {
    for (const event of this.takeOpen()) this.failures.push({ event, reason, error, attempts: this.attempts + 1 })
  }

  abandonOpen(): void {
    this.abandoned += this.open
    this.ranges.length = 0
  }

  skipOpen(): void {
    this.skipped += this.open
    this.ranges.length = 0
  }

  private *takeOpen(): Generator<OutcryEvent> {
    while (this.ranges.length > 0) {
      const to = this.ranges.pop() as number
      const from = this.ranges.pop() as number
      for (let index = from; index < to; index++) yield this.events[index] as OutcryEvent
    }
  }
}
