import { assign, sendParent, setup } from 'xstate'
import type { PartStop } from './parts.js'
import { unexpected } from './unexpected.js'

export type RecoveryNotice =
  | { readonly type: 'recovery.done' }
  | { readonly type: 'recovery.failed'; readonly error: unknown }

export interface RecoveryContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly error: unknown
}

/**
 * Brings an engine to where the run before was: strategies' states, what is to be delivered again and
 * signals that no sink has acknowledged. It comes after all that it fills and before anything flows.
 */
export const recoveryMachine = setup({
  types: {
    context: {} as RecoveryContext,
    events: {} as RecoveryNotice | PartStop,
    input: {} as Omit<RecoveryContext, 'error'>,
  },
  actions: {
    unexpected: () => {},
    /** Plays the journal to the strategies, with their signals withheld, and queues what was not settled. */
    recover: () => {},
    /** A stop came first. */
    cancel: () => {},
    noteError: assign({ error: ({ event }) => ('error' in event ? event.error : undefined) }),
    reportStarted: sendParent({ type: 'part.started', part: 'recovery' }),
    reportFailed: sendParent(({ context }) => ({ type: 'part.failed', part: 'recovery', error: context.error })),
    reportStopped: sendParent({ type: 'part.stopped', part: 'recovery' }),
  },
}).createMachine({
  id: 'recovery',
  context: ({ input }) => ({ ...input, error: undefined }),
  initial: 'replaying',
  on: { ...unexpected },
  states: {
    replaying: {
      entry: 'recover',
      on: {
        'recovery.done': { target: 'recovered', actions: 'reportStarted' },
        'recovery.failed': { target: 'failed', actions: ['noteError', 'reportFailed'] },
        'part.stop': { target: 'stopped', actions: 'cancel' },
      },
    },
    recovered: { on: { 'part.stop': 'stopped' } },
    failed: { on: { 'part.stop': 'stopped' } },
    stopped: { entry: 'reportStopped' },
  },
})
