import { and, assign, sendParent, setup } from 'xstate'
import type { StrategyNotice } from '../src/dispatch/runtime.js'
import { unexpected } from './unexpected.js'

/** Where a strategy goes once it has been stopped. */
export type StopIntent =
  /** Nowhere: it is over. */
  | 'stop'
  /** On with another definition, at once. */
  | 'replace'
  /** On with fresh state, at once, as somebody asked for it or its group need not be waited for. */
  | 'restart'
  /** On after a wait, as it failed. */
  | 'retry'
  /** On when its group says so, as a peer that it stands or falls with has failed. */
  | 'hold'
  /** Given up, until somebody restarts it. */
  | 'fault'

export interface StrategyActorContext<R = unknown> {
  readonly name: string
  /** The data plane's side of the strategy; opaque here. */
  readonly runtime: R
  readonly intent: StopIntent
  /** Whether it is paused, or will be as soon as it is ready. */
  readonly paused: boolean
  /** Whether it was given up for failing more often than it may. */
  readonly exceeded: boolean
  /** Restarts so far. */
  readonly restarts: number
  readonly error: unknown
}

export type StrategyEvent =
  | StrategyNotice
  /** The hook of that number has ended well. */
  | { readonly type: 'hook.ended'; readonly hook: number }
  /** It threw, rejected or took too long. */
  | { readonly type: 'hook.failed'; readonly hook: number; readonly error: unknown }
  | { readonly type: 'strategy.pause' }
  | { readonly type: 'strategy.resume' }
  | { readonly type: 'strategy.restart' }
  /** The data plane holds the definition that takes its place. */
  | { readonly type: 'strategy.replace' }
  | { readonly type: 'strategy.hold' }
  | { readonly type: 'strategy.release' }
  | { readonly type: 'strategy.stop' }

function errorOf(event: StrategyEvent, name: string): unknown {
  if ('error' in event) return event.error
  return new Error(`Strategy "${name}" ${event.type === 'strategy.finished' ? 'has finished' : 'is hung'}.`)
}

const intend = (intent: StopIntent, exceeded = false) => ({ type: 'intend', params: { intent, exceeded } }) as const

const RETRY = {
  target: '#strategy.stopping',
  actions: ['noteFailure', intend('retry'), 'countRestart', 'noteRestart', 'reportRestarting'],
} as const
const GIVE_UP = { target: '#strategy.stopping', actions: ['noteFailure', intend('fault', true)] } as const
const LET_FALL = { target: '#strategy.stopping', actions: ['noteFailure', intend('fault')] } as const

/** What follows a failure: another try, unless it may have none or has had too many. */
const failing = [{ guard: 'mayRestart', ...RETRY }, { guard: 'isTemporary', ...LET_FALL }, GIVE_UP] as const

const finishing = [
  { guard: 'startsAnew', ...RETRY },
  { guard: 'isPermanent', ...GIVE_UP },
  { target: '#strategy.stopping', actions: intend('stop') },
] as const

/** The end of a hook that was given up meanwhile. */
const STALE = { guard: 'isStaleHook' } as const

const becoming = [
  { guard: 'isPaused', target: '#strategy.paused', actions: ['becomeReady', 'reportReady'] },
  { target: '#strategy.active', actions: ['becomeReady', 'reportReady'] },
] as const

const closing = [{ guard: 'hasStopHook', target: 'closing' }, { target: 'left' }] as const

/**
 * One strategy's life. It handles one chunk at a time; while a promise of its handler is awaited it
 * is `processing`, when that takes too long for its group `late`, and when it takes too long at all
 * `hung`. Every way out of an incarnation, a failure's too, leads through `stopping`, and every next
 * incarnation begins in `initializing` with state of its own.
 */
export const strategyMachine = setup({
  types: {
    context: {} as StrategyActorContext,
    events: {} as StrategyEvent,
    input: {} as { readonly name: string; readonly runtime: unknown; readonly paused?: boolean },
  },
  actions: {
    /** Tells the data plane whom to report to. */
    attach: () => {},
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Makes a new incarnation's state, restored where there is a snapshot; its end is a hook's. */
    prepare: () => {},
    /** Each runs a hook, watched by the machine's clock; says `hook.ended` or `hook.failed`. */
    runStartHook: () => {},
    runStopHook: () => {},
    /** Hands it what came before it, with its answers withheld; its end is a hook's. */
    runWarmUp: () => {},
    takeSnapshot: () => {},
    /** A hook's end no longer matters. */
    dropHook: () => {},
    /** Deliveries may hold up its group from now on. */
    becomeReady: () => {},
    /** Runs the handler; says `handler.pending` if it has to be awaited. */
    take: () => {},
    /** Keeps the delivery for the strategy's turn. */
    park: () => {},
    /** Counts the delivery as skipped. */
    skip: () => {},
    /** Counts all that waits for its turn as skipped. */
    skipParked: () => {},
    /** Fails the delivery as timed out. */
    failHung: () => {},
    /** Lets its group go on without it. */
    detachAll: () => {},
    /** Fails all it holds as timed out, and drops the answer to come. */
    timeOut: () => {},
    /** Gives up the call under way and clears its timers; what waits for its turn stays for the next incarnation. */
    interrupt: () => {},
    /** Gives up all it holds and clears its timers. */
    abandonAll: () => {},
    /** The incarnation is over, its hook for that too: what its code still asks for is refused. */
    leave: () => {},
    /** Takes up what was parked while it could not. */
    resumeParked: () => {},
    /** Counts a restart, and has the data plane settle how long to wait for it. */
    countRestart: assign({ restarts: ({ context }) => context.restarts + 1 }),
    noteRestart: () => {},
    /** What was held against it is forgotten. */
    forgetRestarts: () => {},
    noteFailure: assign({ error: ({ context, event }) => errorOf(event, context.name) }),
    intend: assign((_, { intent, exceeded }: { readonly intent: StopIntent; readonly exceeded: boolean }) => ({
      intent,
      exceeded,
    })),
    pause: assign({ paused: true }),
    resume: assign({ paused: false }),
    /** Tell whoever watches strategies come and go. */
    announceRestart: () => {},
    announceFault: () => {},
    announceEnd: () => {},
    reportReady: sendParent(({ context }) => ({ type: 'strategy.ready', name: context.name })),
    reportRestarting: sendParent(({ context }) => ({ type: 'strategy.restarting', name: context.name })),
    reportFaulted: sendParent(({ context }) => ({
      type: 'strategy.faulted',
      name: context.name,
      error: context.error,
      exceeded: context.exceeded,
    })),
    reportStopped: sendParent(({ context }) => ({ type: 'strategy.stopped', name: context.name })),
  },
  guards: {
    hasStartHook: () => false,
    /** It asks for what came before it, and its state was not restored. */
    hasWarmUp: () => false,
    /** It has a hook for that, and has started. */
    hasStopHook: () => false,
    /** It has a hook for that, has started, and nothing is half done. */
    canSnapshot: () => false,
    isStaleHook: () => false,
    isHung: () => false,
    isLate: () => false,
    isBusy: () => false,
    mayRestart: () => true,
    isTemporary: () => false,
    isPermanent: () => false,
    restartsOnHang: () => false,
    startsAnew: and(['isPermanent', 'mayRestart']),
    hangRetries: and(['restartsOnHang', 'mayRestart']),
    hangFalls: and(['restartsOnHang', 'isTemporary']),
    isPaused: ({ context }) => context.paused,
    keepsState: and([({ context }) => context.intent === 'stop' || context.intent === 'replace', 'canSnapshot']),
    stops: ({ context }) => context.intent === 'stop',
    retries: ({ context }) => context.intent === 'retry',
    holds: ({ context }) => context.intent === 'hold',
    gaveUp: ({ context }) => context.intent === 'fault',
  },
  delays: {
    /** Port: as `noteRestart` settled it. */
    backoff: () => 0,
  },
}).createMachine({
  id: 'strategy',
  context: ({ input }) => ({
    name: input.name,
    runtime: input.runtime,
    paused: input.paused ?? false,
    intent: 'stop',
    exceeded: false,
    restarts: 0,
    error: undefined,
  }),
  entry: 'attach',
  initial: 'initializing',
  on: {
    'chunk.deliver': { actions: 'skip' },
    'strategy.pause': { actions: 'pause' },
    'strategy.resume': { actions: 'resume' },
    'strategy.restart': { target: '.stopping', actions: [intend('restart'), 'forgetRestarts'] },
    'strategy.replace': { target: '.stopping', actions: [intend('replace'), 'forgetRestarts'] },
    'strategy.hold': { target: '.stopping', actions: intend('hold') },
    'strategy.stop': { target: '.stopping', actions: intend('stop') },
    // Ready long since, or its group will hear of it anyway.
    'strategy.release': {},
    // What a strategy was about to say when it was told something else.
    'handler.pending': {},
    'handler.late': {},
    'handler.timedOut': {},
    'strategy.idled': {},
    'strategy.crashed': {},
    'strategy.finished': {},
    'snapshot.due': {},
    'hook.ended': {},
    'hook.failed': {},
    ...unexpected,
  },
  states: {
    initializing: {
      exit: 'dropHook',
      initial: 'preparing',
      on: { 'chunk.deliver': { actions: 'park' }, 'hook.failed': [STALE, ...failing] },
      states: {
        preparing: {
          entry: 'prepare',
          on: {
            'hook.ended': [
              STALE,
              { guard: 'hasStartHook', target: 'starting' },
              { guard: 'hasWarmUp', target: 'warmingUp' },
              ...becoming,
            ],
          },
        },
        starting: {
          entry: 'runStartHook',
          on: { 'hook.ended': [STALE, { guard: 'hasWarmUp', target: 'warmingUp' }, ...becoming] },
        },
        /** What is delivered meanwhile waits for its turn. */
        warmingUp: {
          entry: 'runWarmUp',
          on: { 'hook.ended': [STALE, ...becoming] },
        },
      },
    },
    active: {
      entry: 'resumeParked',
      initial: 'ready',
      on: {
        'strategy.pause': { target: 'paused', actions: 'pause' },
        'strategy.crashed': failing,
        'strategy.finished': finishing,
        'strategy.release': { actions: 'reportReady' },
      },
      states: {
        ready: {
          on: {
            'chunk.deliver': { actions: 'take' },
            'handler.pending': 'processing',
            'snapshot.due': { guard: 'canSnapshot', target: 'snapshotting' },
          },
        },
        processing: {
          on: {
            'chunk.deliver': { actions: 'park' },
            'handler.late': 'late',
            'handler.timedOut': { target: 'hung', actions: 'timeOut' },
            'strategy.idled': 'ready',
          },
        },
        late: {
          entry: 'detachAll',
          on: {
            'chunk.deliver': { actions: 'park' },
            'handler.timedOut': { target: 'hung', actions: 'timeOut' },
            'strategy.idled': 'ready',
          },
        },
        hung: {
          always: [
            { guard: 'hangRetries', ...RETRY },
            { guard: 'hangFalls', ...LET_FALL },
            { guard: 'restartsOnHang', ...GIVE_UP },
          ],
          on: { 'chunk.deliver': { actions: 'failHung' }, 'strategy.idled': 'ready' },
        },
        snapshotting: {
          entry: 'takeSnapshot',
          exit: 'dropHook',
          on: {
            'chunk.deliver': { actions: 'park' },
            'hook.ended': [STALE, { target: 'ready', actions: 'resumeParked' }],
            'hook.failed': [STALE, { target: 'ready', actions: ['noteFailure', 'resumeParked'] }],
          },
        },
      },
    },
    paused: {
      entry: 'skipParked',
      on: {
        // A handler that was awaited when the pause came is still watched.
        'handler.late': { actions: 'detachAll' },
        'handler.timedOut': { actions: 'timeOut' },
        'strategy.crashed': failing,
        'strategy.finished': finishing,
        'strategy.release': { actions: 'reportReady' },
        'strategy.resume': [
          { guard: 'isHung', target: 'active.hung', actions: 'resume' },
          { guard: 'isLate', target: 'active.late', actions: 'resume' },
          { guard: 'isBusy', target: 'active.processing', actions: 'resume' },
          { target: 'active', actions: 'resume' },
        ],
      },
    },
    stopping: {
      entry: 'interrupt',
      initial: 'deciding',
      on: {
        // Asked again, it can only come to a more definite end.
        'strategy.stop': { actions: intend('stop') },
        'strategy.restart': [{ guard: 'stops' }, { actions: intend('restart') }],
        'strategy.replace': [{ guard: 'stops' }, { actions: intend('replace') }],
        'strategy.hold': {},
        // Its peers are back before it has stopped: it need not wait for them, and nobody must wait for it in vain.
        'strategy.release': { guard: 'holds', actions: intend('restart') },
      },
      states: {
        deciding: { always: [{ guard: 'keepsState', target: 'saving' }, ...closing] },
        saving: {
          entry: 'takeSnapshot',
          exit: 'dropHook',
          on: {
            'hook.ended': [STALE, ...closing],
            'hook.failed': [STALE, ...closing.map((way) => ({ ...way, actions: 'noteFailure' as const }))],
          },
        },
        closing: {
          entry: 'runStopHook',
          exit: 'dropHook',
          on: { 'hook.ended': [STALE, { target: 'left' }], 'hook.failed': [STALE, { target: 'left' }] },
        },
        left: {
          entry: 'leave',
          always: [
            { guard: 'stops', target: '#strategy.stopped' },
            { guard: 'gaveUp', target: '#strategy.faulted' },
            { guard: 'retries', target: '#strategy.backingOff' },
            { guard: 'holds', target: '#strategy.held' },
            { target: '#strategy.initializing' },
          ],
        },
      },
    },
    held: {
      on: { 'strategy.release': 'initializing', 'strategy.hold': {} },
    },
    backingOff: {
      entry: 'announceRestart',
      after: { backoff: 'initializing' },
      // Its group has been told already that it will be back.
      on: { 'strategy.hold': {} },
    },
    faulted: {
      entry: ['abandonAll', 'announceFault', 'reportFaulted'],
      on: { 'strategy.hold': {} },
    },
    /**
     * Its parent removes it. It is no final state: XState remembers the name of every child that has
     * ever told of its end, and strategies come and go under ever new names.
     */
    stopped: {
      entry: ['abandonAll', 'announceEnd', 'reportStopped'],
      on: { 'strategy.stop': {}, 'strategy.restart': {}, 'strategy.replace': {}, 'strategy.hold': {} },
    },
  },
})
