import { assign, sendParent, setup } from 'xstate'
import { unexpected } from './unexpected.js'

/** What the data plane tells a connection's actor. */
export type ConnectionNotice =
  | { readonly type: 'connection.opened' }
  /** An attempt failed. `lasting`: another would fare no better. */
  | { readonly type: 'connection.failed'; readonly error: unknown; readonly lasting: boolean }
  | { readonly type: 'connection.lost'; readonly error: unknown }
  /** The wait is over. */
  | { readonly type: 'connection.retry' }

/** What its parent asks of it. */
export type ConnectionCommand = { readonly type: 'connection.open' } | { readonly type: 'connection.close' }

/** What it tells its parent. */
export type ConnectionReport =
  | { readonly type: 'connection.up' }
  | { readonly type: 'connection.down'; readonly error: unknown }
  /** It is given up; nothing more is tried. */
  | { readonly type: 'connection.refused'; readonly error: unknown }

export interface ConnectionContext {
  /** The data plane's side of it; opaque here. */
  readonly port: unknown
  /** Attempts in a row that failed. */
  readonly attempts: number
  /** After which it is given up, as long as it has never been there. */
  readonly maxAttempts: number
  /** It has been there: from then on no number of attempts is too many. */
  readonly established: boolean
  readonly error: unknown
}

const errorOf = (event: ConnectionNotice | ConnectionCommand): unknown => ('error' in event ? event.error : undefined)

/**
 * A connection to a server that somebody else needs: made, kept, and made again with growing waits when it
 * is lost. It has a backoff of its own instead of a breaker, as an attempt to connect costs nobody else
 * anything and is the only way to find out.
 */
export const connectionMachine = setup({
  types: {
    context: {} as ConnectionContext,
    events: {} as ConnectionNotice | ConnectionCommand,
    input: {} as { readonly port: unknown; readonly maxAttempts: number },
  },
  actions: {
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    connect: () => {},
    /** Lets go of it, or of the attempt that is being made. */
    disconnect: () => {},
    /** Says `connection.retry` after a while that grows with the attempts. */
    watchRetry: () => {},
    unwatchRetry: () => {},
    countAttempt: assign({
      attempts: ({ context }) => context.attempts + 1,
      error: ({ event }) => errorOf(event),
    }),
    noteLoss: assign({ error: ({ event }) => errorOf(event) }),
    establish: assign({ attempts: 0, established: true, error: undefined }),
    reportUp: sendParent({ type: 'connection.up' }),
    reportDown: sendParent(({ context }) => ({ type: 'connection.down', error: context.error })),
    reportRefused: sendParent(({ context }) => ({ type: 'connection.refused', error: context.error })),
  },
  guards: {
    mayRetry: ({ context, event }) =>
      event.type === 'connection.failed' &&
      !event.lasting &&
      (context.established || context.attempts + 1 < context.maxAttempts),
  },
}).createMachine({
  id: 'connection',
  context: ({ input }) => ({ ...input, attempts: 0, established: false, error: undefined }),
  initial: 'idle',
  on: { ...unexpected },
  states: {
    idle: { on: { 'connection.open': 'connecting' } },
    connecting: {
      entry: 'connect',
      on: {
        'connection.opened': { target: 'connected', actions: ['establish', 'reportUp'] },
        'connection.failed': [
          { guard: 'mayRetry', target: 'backingOff', actions: 'countAttempt' },
          { target: 'closed', actions: ['countAttempt', 'reportRefused'] },
        ],
        'connection.close': 'closed',
      },
    },
    connected: {
      on: {
        'connection.lost': { target: 'backingOff', actions: ['noteLoss', 'reportDown'] },
        'connection.close': 'closed',
      },
    },
    backingOff: {
      entry: 'watchRetry',
      exit: 'unwatchRetry',
      on: { 'connection.retry': 'connecting', 'connection.close': 'closed' },
    },
    /** For good. Its parent takes it away: at its own end it would report to one that has ended with it. */
    closed: {
      entry: 'disconnect',
      on: {
        // An attempt that was being made when it was closed.
        'connection.opened': {},
        'connection.failed': {},
        'connection.lost': {},
        'connection.close': {},
      },
    },
  },
})
