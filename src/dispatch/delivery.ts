import type { Permit, Rejection } from '../breaker/handle.js'
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
  readonly reason: 'poison' | 'timeout' | 'refused' | 'breaker-open'
  readonly error: unknown
  readonly attempts: number
}

/** No call of a delivery is on its way, nor about to be. */
export const NOT_BEGUN = Number.NEGATIVE_INFINITY

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
  /** The events that were abandoned, in order. */
  readonly lost: OutcryEvent[] = []
  readonly failures: DeliveryFailure[] = []
  readonly answers: Answer[] = []
  /** The version of the halts that its remaining events were looked at under. */
  haltsSeen = 0
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
  /** Where the part begins that waits for the verdict on a breaker's probe; Infinity if there is none. */
  rest = Number.POSITIVE_INFINITY
  /** How much of its results the breaker has heard of. */
  readonly reported = { succeeded: 0, failures: 0, slow: 0 }
  /** Events whose handler took longer than its breaker lets pass as quick. */
  slow = 0
  /**
   * When the handler was called that runs or is awaited, on the machine's clock, in milliseconds; before that, when the
   * delivery was taken up, if that was just now.
   */
  begunAt = NOT_BEGUN
  /** The same for its breaker, or when that looked last: over recordings on the data's clock. */
  calledAt = 0
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

  /** Nothing of it has been handled or taken out. */
  get untouched(): boolean {
    return this.open === this.events.length && this.ranges.length === 2
  }

  /** Holds all but the first `count` events back. */
  holdBack(from: number, count: number): void {
    const to = Math.min(this.events.length, from + count)
    this.ranges.push(from, to)
    this.rest = to < this.events.length ? to : Number.POSITIVE_INFINITY
  }

  /** What was held back is as open as the rest. */
  private unite(): void {
    if (this.rest < this.events.length) this.ranges.unshift(this.rest, this.events.length)
    this.rest = Number.POSITIVE_INFINITY
  }

  /** Gives every event without a fate this one; in order, as none of them was handled yet. */
  failOpen(reason: DeliveryFailure['reason'], error: unknown): void {
    // What its breaker turns away was not attempted.
    const attempts = this.attempts + (reason === 'breaker-open' ? 0 : 1)
    for (const event of this.takeOpen()) this.failures.push({ event, reason, error, attempts })
  }

  /** Its strategy's breaker gave no leave: a dead letter where those are kept, else skipped. */
  reject(rejection: Rejection, keep: boolean): void {
    if (keep) this.failOpen('breaker-open', rejection.toError())
    else this.skipOpen()
  }

  abandonOpen(): void {
    this.abandoned += this.open
    for (const event of this.takeOpen()) this.lost.push(event)
  }

  skipOpen(): void {
    this.skipped += this.open
    this.forgetOpen()
  }

  private forgetOpen(): void {
    this.ranges.length = 0
    this.rest = Number.POSITIVE_INFINITY
  }

  /** Skips those events still to be handled that `unwanted` says true of; the others keep their order. */
  skipWhere(unwanted: (event: OutcryEvent) => boolean): void {
    const before = this.skipped
    const kept: number[] = []
    // From the last to be handled to the next, as that one has to end on top of the stack again.
    for (let pair = 0; pair < this.ranges.length; pair += 2) {
      const from = this.ranges[pair] as number
      let end = this.ranges[pair + 1] as number
      for (let index = end - 1; index >= from; index -= 1) {
        if (!unwanted(this.events[index] as OutcryEvent)) continue
        this.skipped += 1
        if (index + 1 < end) kept.push(index + 1, end)
        end = index
      }
      if (from < end) kept.push(from, end)
    }
    if (this.skipped === before) return
    // Attempts belong to the event that was next, which may be among the skipped.
    if (kept[kept.length - 2] !== this.ranges[this.ranges.length - 2]) this.attempts = 0
    this.ranges.length = 0
    this.ranges.push(...kept)
  }

  private *takeOpen(): Generator<OutcryEvent> {
    this.unite()
    while (this.ranges.length > 0) {
      const to = this.ranges.pop() as number
      const from = this.ranges.pop() as number
      for (let index = from; index < to; index++) yield this.events[index] as OutcryEvent
    }
  }
}
