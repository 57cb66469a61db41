import { type AnyActorLogic, assign, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import type { ConnectionReport } from './connection.js'
import { imperative, tell } from './imperative.js'
import type { PartStop } from './parts.js'
import { unexpected } from './unexpected.js'

/** What the journal's data plane tells its actor. */
export type JournalNotice =
  | { readonly type: 'journal.opened' }
  /** It could not be opened. */
  | { readonly type: 'journal.broken'; readonly error: unknown }
  /** An append failed, or the breaker gives no leave. */
  | { readonly type: 'journal.failing'; readonly error: unknown }
  /** An append has gone well again. */
  | { readonly type: 'journal.mended' }
  /** What there was is written, and the end of the run with it. */
  | { readonly type: 'journal.closed' }

export type JournalEvent = JournalNotice | ConnectionReport | PartStop

/** The name of its child, where it has a server to be connected with. */
export const CONNECTION = 'connection'

export interface JournalContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  /** What its connection's actor is spawned with; undefined for a journal that needs none. */
  readonly connection: unknown
  /** What the host has chosen for the time in which nothing can be written. */
  readonly onFailure: 'wait' | 'refuse' | 'continue'
  readonly error: unknown
}

/**
 * The journal of an engine: the first of its parts, so that all others find what an earlier run has
 * left, and the last to stop, so that whatever they do at their end is written. While nothing can be
 * written it shows what the host's policy makes of that.
 */
export const journalMachine = setup({
  types: {
    context: {} as JournalContext,
    events: {} as JournalEvent,
    input: {} as Omit<JournalContext, 'error'>,
  },
  actors: { connection: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    unexpected: () => {},
    connect: enqueueActions(({ context, enqueue }) => {
      if (context.connection === undefined) return
      enqueue.spawnChild('connection', { id: CONNECTION, input: context.connection as never })
      enqueue(tell(CONNECTION, { type: 'connection.open' }))
    }),
    hangUp: enqueueActions(({ context, enqueue }) => {
      if (context.connection !== undefined) enqueue(tell(CONNECTION, { type: 'connection.close' }))
    }),
    /** Opens it and takes over what an earlier run has left. */
    open: () => {},
    /** Writes what there is, how the run ended, and lets go of it. */
    close: () => {},
    noteError: assign({ error: ({ event }) => ('error' in event ? event.error : undefined) }),
    forgetError: assign({ error: undefined }),
    reportStarted: sendParent({ type: 'part.started', part: 'journal' }),
    reportFailed: sendParent(({ context }) => ({ type: 'part.failed', part: 'journal', error: context.error })),
    reportStopped: sendParent({ type: 'part.stopped', part: 'journal' }),
  },
  guards: {
    standsAlone: ({ context }) => context.connection === undefined,
    waits: ({ context }) => context.onFailure === 'wait',
    refuses: ({ context }) => context.onFailure === 'refuse',
  },
}).createMachine({
  id: 'journal',
  context: ({ input }) => ({ ...input, error: undefined }),
  initial: 'connecting',
  on: {
    // Whoever is connected again or not, it is the next append that shows it.
    'connection.up': {},
    'connection.down': {},
    'connection.refused': {},
    ...unexpected,
  },
  states: {
    /** One that lies in a folder passes through here. */
    connecting: {
      entry: 'connect',
      always: { guard: 'standsAlone', target: 'opening' },
      on: {
        'connection.up': 'opening',
        'connection.refused': { target: 'broken', actions: ['noteError', 'reportFailed'] },
        'part.stop': 'closed',
      },
    },
    opening: {
      entry: 'open',
      on: {
        'journal.opened': { target: 'writing', actions: 'reportStarted' },
        'journal.broken': { target: 'broken', actions: ['noteError', 'reportFailed'] },
        'part.stop': 'closing',
      },
    },
    /** It could not be opened: the start has failed, and there is nothing to close. */
    broken: {
      on: { 'part.stop': 'closed' },
    },
    /** Somebody else has taken it, or it can be reached no more: the engine fails, and takes leave of it. */
    lost: {
      on: {
        'part.stop': 'closing',
        // Appends go on failing meanwhile.
        'journal.failing': {},
        'journal.mended': {},
      },
    },
    writing: {
      on: {
        'journal.failing': [
          { guard: 'waits', target: 'failing.waiting', actions: 'noteError' },
          { guard: 'refuses', target: 'failing.refusing', actions: 'noteError' },
          { target: 'failing.unjournalled', actions: 'noteError' },
        ],
        'connection.refused': { target: 'lost', actions: ['noteError', 'reportFailed'] },
        'part.stop': 'closing',
      },
    },
    failing: {
      initial: 'waiting',
      on: {
        'journal.mended': { target: 'writing', actions: 'forgetError' },
        'connection.refused': { target: 'lost', actions: ['noteError', 'reportFailed'] },
        'part.stop': 'closing',
      },
      states: {
        /** Publishers wait for it. */
        waiting: {},
        /** What is new is refused. */
        refusing: {},
        /** Events go on without being journalled. */
        unjournalled: {},
      },
    },
    closing: {
      entry: 'close',
      on: {
        'journal.closed': 'closed',
        // It was being opened when the stop came, or the last append fails or goes well.
        'journal.opened': {},
        'journal.broken': {},
        'journal.failing': { actions: 'noteError' },
        'journal.mended': { actions: 'forgetError' },
      },
    },
    /** Its parent takes it away: at its own end it would report to a parent that has ended with it. */
    closed: { entry: ['hangUp', 'reportStopped'] },
  },
})
