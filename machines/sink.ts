import { assign, sendParent, setup } from 'xstate'
import type { SinkNotice } from '../src/sinks/outbox.js'
import { unexpected } from './unexpected.js'

export interface SinkContext {
  readonly name: string
  /** The data plane's side of the sink: what waits to be written. Opaque here. */
  readonly outbox: unknown
  /** Attempts made on the batch at hand. */
  readonly attempts: number
  readonly maxAttempts: number
}

export type SinkEvent = SinkNotice | { readonly type: 'sink.stop' }

const errorOf = (event: SinkEvent): unknown => ('error' in event ? event.error : undefined)

/**
 * One way out for signals. Batches are written one at a time; a batch that cannot be written is tried
 * again with growing waits, then counted as failed, so that one bad batch never holds those behind it.
 * While the sink's breaker gives no leave nothing is attempted, and a probe that fails costs the batch no
 * attempt, so that nothing is given up for as long as the dependency is down.
 */
export const sinkMachine = setup({
  types: {
    context: {} as SinkContext,
    events: {} as SinkEvent,
    input: {} as { readonly name: string; readonly outbox: unknown; readonly maxAttempts: number },
  },
  actions: {
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    open: () => {},
    /** Takes the next batch, or the same again after a failure, if the sink's breaker gives leave. */
    write: () => {},
    /** As `write`, without asking for leave: at a stop there is no later. */
    flush: () => {},
    /** The batch was acknowledged. */
    acknowledge: () => {},
    /** The batch is counted as failed and dropped. */
    giveUp: () => {},
    /** Says `sink.retry` after a while, on the machine's clock: when the breaker may give leave, where it gave none. */
    watchRetry: () => {},
    unwatchRetry: () => {},
    close: () => {},
    announceFault: () => {},
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    reportStarted: sendParent(({ context }) => ({ type: 'sink.started', name: context.name })),
    reportFailed: sendParent(({ context, event }) => ({
      type: 'sink.broken',
      name: context.name,
      error: errorOf(event),
    })),
    reportStopped: sendParent(({ context }) => ({ type: 'sink.gone', name: context.name })),
  },
  guards: {
    somethingWaits: () => false,
    wasProbe: ({ event }) => event.type === 'sink.failed' && event.probe === true,
    mayRetry: ({ context }) => context.attempts + 1 < context.maxAttempts,
  },
}).createMachine({
  id: 'sink',
  context: ({ input }) => ({ ...input, attempts: 0 }),
  initial: 'opening',
  on: {
    // It looks by itself for what waits, as soon as it can write.
    'sink.offered': {},
    ...unexpected,
  },
  states: {
    opening: {
      entry: 'open',
      on: {
        'sink.opened': { target: 'idle', actions: 'reportStarted' },
        'sink.failed': { target: 'broken', actions: 'reportFailed' },
        'sink.stop': 'closing',
      },
    },
    idle: {
      always: { guard: 'somethingWaits', target: 'writing' },
      on: { 'sink.offered': 'writing', 'sink.stop': 'closing' },
    },
    writing: {
      entry: 'write',
      on: {
        'sink.written': { target: 'idle', actions: ['acknowledge', 'forgetAttempts'] },
        'sink.failed': [
          { guard: 'wasProbe', target: 'backingOff' },
          { guard: 'mayRetry', target: 'backingOff', actions: 'countAttempt' },
          { target: 'idle', actions: ['giveUp', 'announceFault', 'forgetAttempts'] },
        ],
        'sink.rejected': 'backingOff',
        'sink.stop': 'finishing',
      },
    },
    /** A stop came while a batch was being written: no second write until that one has settled. */
    finishing: {
      on: {
        'sink.written': [
          { guard: 'somethingWaits', target: 'flushing', actions: 'acknowledge' },
          { target: 'closing', actions: 'acknowledge' },
        ],
        'sink.failed': 'flushing',
        'sink.rejected': 'flushing',
      },
    },
    backingOff: {
      entry: 'watchRetry',
      exit: 'unwatchRetry',
      on: { 'sink.retry': 'writing', 'sink.stop': 'flushing' },
    },
    /** The last batches: each gets one more attempt, for a stop must end. */
    flushing: {
      entry: 'flush',
      on: {
        'sink.written': [
          { guard: 'somethingWaits', target: 'flushing', reenter: true, actions: 'acknowledge' },
          { target: 'closing', actions: 'acknowledge' },
        ],
        'sink.failed': { target: 'closing', actions: ['giveUp', 'announceFault'] },
      },
    },
    closing: {
      entry: 'close',
      on: { 'sink.closed': 'closed', 'sink.failed': { target: 'closed', actions: 'announceFault' } },
    },
    broken: { on: { 'sink.stop': 'closing' } },
    closed: { type: 'final', entry: 'reportStopped' },
  },
})
