import { assign, sendParent, setup } from 'xstate'

export interface RestartPolicy {
  /** Restarts within `withinMs` before the strategy is given up. */
  readonly maxRestarts: number
  /** Milliseconds. */
  readonly withinMs: number
  /** First wait before a restart; doubled for each further one. Milliseconds. */
  readonly backoffMs: number
  /** Milliseconds. */
  readonly maxBackoffMs: number
}

export interface StrategyActorContext<R = unknown> {
  readonly name: string
  /** The data plane's side of the strategy; opaque here. */
  readonly runtime: R
  readonly restart: RestartPolicy
  /** Restarts in a row, since the last that held. */
  readonly restarts: number
  readonly error: unknown
}

export type StrategyEvent =
  /** A group hands over the events of one chunk; the data plane holds what it is. */
  | { readonly type: 'chunk.deliver' }
  /** `state()` has made the state. */
  | { readonly type: 'strategy.prepared' }
  | { readonly type: 'strategy.failed'; readonly error: unknown }
  /** The hook in progress has ended well. */
  | { readonly type: 'hook.ended' }
  /** The hook in progress threw, rejected or took too long. */
  | { readonly type: 'hook.failed'; readonly error: unknown }
  /** A handler returned a promise. */
  | { readonly type: 'handler.pending' }
  | { readonly type: 'handler.late' }
  | { readonly type: 'handler.timedOut' }
  /** Nothing is left to do: the last promise has settled. */
  | { readonly type: 'strategy.idled' }
  | { readonly type: 'strategy.pause' }
  | { readonly type: 'strategy.resume' }
  | { readonly type: 'strategy.restart' }
  | { readonly type: 'strategy.stop' }
  /** At once: whatever it holds is abandoned. */
  | { readonly type: 'strategy.abandon' }

const errorOf = (event: StrategyEvent): unknown => ('error' in event ? event.error : undefined)

/**
 * One strategy's life. It handles one chunk at a time; while a promise of its handler is awaited it
 * is `processing`, when that takes too long for its group `late`, and when it takes too long at all
 * `hung`, until the promise settles after all.
 */
export const strategyMachine = setup({
  types: {
    context: {} as StrategyActorContext,
    events: {} as StrategyEvent,
    input: {} as { readonly name: string; readonly runtime: unknown; readonly restart: RestartPolicy },
  },
  actions: {
    /** Makes a fresh state; says `strategy.prepared` or `strategy.failed`. */
    prepare: () => {},
    /** Runs the hook, watched by the machine's clock; says `hook.ended` or `hook.failed`. */
    runStartHook: () => {},
    runStopHook: () => {},
    /** A hook's end no longer matters. */
    dropHook: () => {},
    /** Runs the handler; says `handler.pending` if it has to be awaited. */
    take: () => {},
    /** Keeps the delivery for the strategy's turn. */
    park: () => {},
    /** Counts the delivery as skipped. */
    skip: () => {},
    /** Fails the delivery as timed out. */
    failHung: () => {},
    /** Lets its group go on without it. */
    detachAll: () => {},
    /** Fails all it holds as timed out, and drops the answer to come. */
    timeOut: () => {},
    /** Gives up all it holds and clears its timers. */
    abandonAll: () => {},
    /** Takes up what was parked while it could not. */
    resumeParked: () => {},
    noteFailure: assign({ error: ({ event }) => errorOf(event) }),
    countRestart: assign({ restarts: ({ context }) => context.restarts + 1 }),
    forgetRestarts: assign({ restarts: 0 }),
    reportReady: sendParent(({ context }) => ({ type: 'strategy.ready', name: context.name })),
    reportFaulted: sendParent(({ context }) => ({
      type: 'strategy.faulted',
      name: context.name,
      error: context.error,
    })),
    reportStopped: sendParent(({ context }) => ({ type: 'strategy.stopped', name: context.name })),
  },
  guards: {
    hasStartHook: () => false,
    hasStopHook: () => false,
    mayRestart: ({ context }) => context.restarts < context.restart.maxRestarts,
  },
  delays: {
    backoff: ({ context }) => {
      const { backoffMs, maxBackoffMs } = context.restart
      return Math.min(maxBackoffMs, backoffMs * (1 << Math.min(20, Math.max(0, context.restarts - 1))))
    },
    quiet: ({ context }) => context.restart.withinMs,
  },
}).createMachine({
  id: 'strategy',
  context: ({ input }) => ({ ...input, restarts: 0, error: undefined }),
  initial: 'initializing',
  on: {
    'strategy.abandon': '.stopped',
    'chunk.deliver': { actions: 'skip' },
  },
  states: {
    initializing: {
      entry: 'prepare',
      exit: 'dropHook',
      on: {
        'chunk.deliver': { actions: 'park' },
        'strategy.prepared': [{ guard: 'hasStartHook', actions: 'runStartHook' }, { target: 'active' }],
        'hook.ended': 'active',
        'hook.failed': [
          { guard: 'mayRestart', target: 'backingOff', actions: ['noteFailure', 'countRestart'] },
          { target: 'faulted', actions: 'noteFailure' },
        ],
        'strategy.failed': [
          { guard: 'mayRestart', target: 'backingOff', actions: ['noteFailure', 'countRestart'] },
          { target: 'faulted', actions: 'noteFailure' },
        ],
        'strategy.stop': 'stopped',
      },
    },
    active: {
      entry: ['reportReady', 'resumeParked'],
      initial: 'ready',
      after: { quiet: { actions: 'forgetRestarts' } },
      on: {
        'strategy.pause': 'paused',
        'strategy.restart': 'backingOff',
        'strategy.stop': [{ guard: 'hasStopHook', target: 'stopping' }, { target: 'stopped' }],
      },
      states: {
        ready: {
          on: { 'chunk.deliver': { actions: 'take' }, 'handler.pending': 'processing' },
        },
        processing: {
          on: {
            'chunk.deliver': { actions: 'park' },
            'handler.late': 'late',
            'handler.timedOut': 'hung',
            'strategy.idled': 'ready',
          },
        },
        late: {
          entry: 'detachAll',
          on: { 'chunk.deliver': { actions: 'park' }, 'handler.timedOut': 'hung', 'strategy.idled': 'ready' },
        },
        hung: {
          entry: 'timeOut',
          on: { 'chunk.deliver': { actions: 'failHung' }, 'strategy.idled': 'ready' },
        },
      },
    },
    paused: {
      on: {
        // A handler that was awaited when the pause came is still watched.
        'handler.late': { actions: 'detachAll' },
        'handler.timedOut': { actions: 'timeOut' },
        'strategy.resume': 'active',
        'strategy.stop': [{ guard: 'hasStopHook', target: 'stopping' }, { target: 'stopped' }],
      },
    },
    backingOff: {
      entry: 'abandonAll',
      after: { backoff: 'initializing' },
      on: { 'strategy.stop': 'stopped' },
    },
    faulted: {
      entry: ['abandonAll', 'reportFaulted'],
      on: { 'strategy.restart': 'initializing', 'strategy.stop': 'stopped' },
    },
    stopping: {
      entry: ['abandonAll', 'runStopHook'],
      exit: 'dropHook',
      on: { 'hook.ended': 'stopped', 'hook.failed': { target: 'stopped', actions: 'noteFailure' } },
    },
    stopped: { type: 'final', entry: ['abandonAll', 'reportStopped'] },
  },
})
