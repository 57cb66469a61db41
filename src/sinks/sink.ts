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
  open?(): Promise<void>
  /** Never called again before the last call has settled. */
  write(signals: readonly SignalEvent[]): Promise<void> | void
  close?(): Promise<void>
}
