import type { BreakerOptions } from '../breaker/policy.js'
import type { SignalPayload } from '../events/catalogue/signal.js'
import type { OutcryEvent } from '../events/event.js'

export type SignalEvent = OutcryEvent<'signal', SignalPayload>

export const isSignal = (event: OutcryEvent): event is SignalEvent => event.type === 'signal'

/** Takes signals out of the engine. A write that resolves is an acknowledgement. */
export interface Sink {
  readonly name: string
  /**
   * Signals that a sink does not get unless it asks: those of replayed and of late events, and those
   * that came while their symbol or the engine was halted.
   */
  readonly wants?: { readonly replayed?: boolean; readonly late?: boolean; readonly halted?: boolean }
  /**
   * How its circuit breaker `sink:<name>` judges its writes and waits. Default: opens when half of the
   * last 20 writes have failed, 5 at least, at first for a second; `false` for none.
   */
  readonly breaker?: BreakerOptions | false
  open?(): Promise<void>
  /** Never called again before the last call has settled. */
  write(signals: readonly SignalEvent[]): Promise<void> | void
  close?(): Promise<void>
}
