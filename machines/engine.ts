import { type AnyActorLogic, assign, enqueueActions, fromCallback, setup } from 'xstate'
import { change, imperative, tell } from './imperative.js'
import { PARTS, PARTS_UNJOURNALLED, type PartName, type PartReport } from './parts.js'
import { unexpected } from './unexpected.js'

/** What the machine knows of the data plane: the input that each part is spawned with. */
export interface EnginePlane {
  readonly partInputs: Readonly<Record<PartName, unknown>>
  /** The parts in the order in which they start; default: those of an engine without a journal. */
  readonly parts?: readonly PartName[] | undefined
}

export interface EngineContext {
  /** Parts that were spawned, in order; cleaning stops them in reverse. */
  readonly live: readonly PartName[]
  readonly plane: EnginePlane
  /** Why the engine failed, if it did. */
  readonly error: unknown
  readonly failed: boolean
  /** The kill switch is engaged; it may be before the start. */
  readonly halted: boolean
  /** It was paused before or while it was halted, and will be again once that is over. */
  readonly paused: boolean
  /** Parts that did not stop in time. */
  readonly abandoned: readonly PartName[]
}

export type EngineEvent =
  | { readonly type: 'engine.start' }
  /** Without `drain`, what is queued or in flight is abandoned. */
  | { readonly type: 'engine.stop'; readonly drain: boolean }
  | { readonly type: 'engine.pause' }
  | { readonly type: 'engine.resume' }
  /** The kill switch: deliveries stop at once, until a reset. */
  | { readonly type: 'engine.halt' }
  | { readonly type: 'engine.reset' }
  | { readonly type: 'queue.high' }
  | { readonly type: 'queue.low' }
  | { readonly type: 'queue.drained' }
  | { readonly type: 'start.expired'; readonly error: unknown }
  | { readonly type: 'drain.expired' }
  | { readonly type: 'clean.expired' }
  | PartReport

/** Stands where a part's logic is provided; it fails the start, so that a missing part is never silent. */
const missingPart = (part: PartName): AnyActorLogic =>
  fromCallback(({ sendBack }) => {
    sendBack({ type: 'part.failed', part, error: new Error(`No logic is provided for the part "${part}".`) })
  }) as AnyActorLogic

const partsOf = (context: EngineContext): readonly PartName[] => context.plane.parts ?? PARTS_UNJOURNALLED

const last = (context: EngineContext): PartName | undefined => context.live[context.live.length - 1]

/** The part whose actor threw, if the event says that one did. */
const brokenPart = (event: EngineEvent | { readonly actorId?: unknown }): PartName | undefined =>
  'actorId' in event ? PARTS.find((part) => part === event.actorId) : undefined

const isOfLast = ({ context, event }: { context: EngineContext; event: EngineEvent }): boolean =>
  'part' in event && event.part === last(context)

/**
 * The engine's life. Parts start in order and stop in reverse; every way out of `starting`,
 * `running` and `draining`, an error's too, leads through `cleaning`.
 */
export const engineMachine = setup({
  types: {
    context: {} as EngineContext,
    events: {} as EngineEvent,
    input: {} as EnginePlane,
    output: {} as { readonly error: unknown; readonly abandoned: readonly PartName[] },
  },
  actors: {
    journal: missingPart('journal'),
    recovery: missingPart('recovery'),
    deadLetters: missingPart('deadLetters'),
    breakers: missingPart('breakers'),
    strategies: missingPart('strategies'),
    sinks: missingPart('sinks'),
    supervisor: missingPart('supervisor'),
    health: missingPart('health'),
    feeds: missingPart('feeds'),
  },
  actions: {
    ...imperative,
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Tells the data plane whom to report to. */
    attach: () => {},
    /** All is over: nothing is left that could report. */
    announceEnd: () => {},
    /** Opens the intake and lets chunks go out. */
    open: () => {},
    /** Chunks stop going out; publishing goes on to the bound. */
    hold: () => {},
    /** Chunks go out again. */
    letGo: () => {},
    /** What the kill switch held back in mid-flight goes on. */
    release: () => {},
    noteHalt: assign({ halted: true }),
    noteReset: assign({ halted: false }),
    notePause: assign({ paused: true }),
    forgetPause: assign({ paused: false }),
    /** Refuses what is new and has feeds end; says `queue.drained` when all is handled. */
    beginDrain: () => {},
    /** Refuses what is new, releases waiting publishers, and gives up what is queued or in flight. */
    giveUp: () => {},
    /** Timers on the machine's clock, as the run's may stand still. */
    watchStart: () => {},
    watchDrain: () => {},
    watchClean: () => {},
    unwatch: () => {},
    spawnNextPart: enqueueActions(({ context, enqueue }) => {
      const part = partsOf(context)[context.live.length]
      if (part === undefined) return
      enqueue(change<EngineContext>({ live: [...context.live, part] }))
      enqueue.spawnChild(part, { id: part, input: context.plane.partInputs[part] as never })
    }),
    stopLastPart: enqueueActions(({ context, enqueue }) => {
      const part = last(context)
      if (part !== undefined) enqueue(tell(part, { type: 'part.stop' }))
    }),
    removeLastPart: enqueueActions(({ context, enqueue }) => {
      const part = last(context)
      if (part === undefined) return
      enqueue.stopChild(part)
      enqueue(change<EngineContext>({ live: context.live.slice(0, -1) }))
    }),
    /** A part that does not stop is left behind, so that those before it still stop in order. */
    abandonLastPart: enqueueActions(({ context, enqueue }) => {
      const part = last(context)
      if (part === undefined) return
      enqueue.stopChild(part)
      enqueue(change<EngineContext>({ live: context.live.slice(0, -1), abandoned: [...context.abandoned, part] }))
    }),
    /** A part that threw is gone: nobody would answer for it. */
    removeBrokenPart: enqueueActions(({ context, event, enqueue }) => {
      const part = brokenPart(event)
      if (part === undefined) return
      enqueue.stopChild(part)
      enqueue(change<EngineContext>({ live: context.live.filter((other) => other !== part) }))
    }),
    noteFailure: assign({
      failed: true,
      error: ({ context, event }) => (context.failed ? context.error : errorOf(event)),
    }),
  },
  guards: {
    isLast: isOfLast,
    brokeLast: ({ context, event }) => brokenPart(event) === last(context),
    morePartsToStart: ({ context }) => context.live.length < partsOf(context).length,
    nothingLeft: ({ context }) => context.live.length === 0,
    /** What is queued cannot be handled while the kill switch is engaged. */
    drains: ({ context, event }) => event.type === 'engine.stop' && event.drain && !context.halted,
    halted: ({ context }) => context.halted,
    paused: ({ context }) => context.paused,
    failed: ({ context }) => context.failed,
  },
}).createMachine({
  id: 'engine',
  context: ({ input }) => ({
    live: [],
    plane: input,
    error: undefined,
    failed: false,
    halted: false,
    paused: false,
    abandoned: [],
  }),
  output: ({ context }) => ({ error: context.error, abandoned: context.abandoned }),
  initial: 'idle',
  entry: 'attach',
  on: {
    'engine.halt': { actions: 'noteHalt' },
    'engine.reset': { actions: 'noteReset' },
    // The queue goes on filling and emptying in states that do not depend on it.
    'queue.high': {},
    'queue.low': {},
    'queue.drained': {},
    // A part that failed or was given up, and says once more how it fared.
    'part.started': {},
    'part.failed': {},
    'part.stopped': {},
    ...unexpected,
  },
  states: {
    idle: {
      on: { 'engine.start': 'starting', 'engine.stop': 'stopped' },
    },
    starting: {
      entry: ['watchStart', 'spawnNextPart'],
      exit: 'unwatch',
      on: {
        'part.started': [{ guard: { type: 'morePartsToStart' }, actions: 'spawnNextPart' }, { target: 'running' }],
        'part.failed': { target: 'cleaning', actions: 'noteFailure' },
        'xstate.error.actor.*': { target: 'cleaning', actions: ['noteFailure', 'removeBrokenPart'] },
        'start.expired': { target: 'cleaning', actions: 'noteFailure' },
        'engine.stop': 'cleaning',
      },
    },
    running: {
      entry: 'open',
      initial: 'flowing',
      on: {
        'engine.stop': [{ guard: 'drains', target: 'draining' }, { target: 'cleaning' }],
        'part.failed': { target: 'cleaning', actions: 'noteFailure' },
        'xstate.error.actor.*': { target: 'cleaning', actions: ['noteFailure', 'removeBrokenPart'] },
      },
      states: {
        flowing: {
          always: { guard: 'halted', target: 'halted' },
          on: {
            'queue.high': 'throttled',
            'engine.pause': 'paused',
            'engine.halt': { target: 'halted', actions: 'noteHalt' },
          },
        },
        throttled: {
          on: {
            'queue.low': 'flowing',
            'engine.pause': 'paused',
            'engine.halt': { target: 'halted', actions: 'noteHalt' },
          },
        },
        paused: {
          entry: 'hold',
          exit: 'letGo',
          on: {
            'engine.resume': 'flowing',
            'engine.halt': { target: 'halted', actions: ['noteHalt', 'notePause'] },
          },
        },
        /** Publishing goes on to the bound; neither a pause nor a resume ends it. */
        halted: {
          entry: 'hold',
          on: {
            'engine.pause': { actions: 'notePause' },
            'engine.resume': { actions: 'forgetPause' },
            'engine.reset': [
              { guard: 'paused', target: 'paused', actions: ['noteReset', 'forgetPause', 'release'] },
              { target: 'flowing', actions: ['noteReset', 'letGo', 'release'] },
            ],
          },
        },
      },
    },
    draining: {
      entry: ['watchDrain', 'beginDrain'],
      exit: 'unwatch',
      on: {
        'queue.drained': 'cleaning',
        'drain.expired': 'cleaning',
        // What is left cannot be handled any more.
        'engine.halt': { target: 'cleaning', actions: 'noteHalt' },
        // A stop that is asked for again can only become more urgent.
        'engine.stop': [{ guard: ({ event }) => !event.drain, target: 'cleaning' }, { actions: 'watchDrain' }],
        'part.failed': { target: 'cleaning', actions: 'noteFailure' },
        'xstate.error.actor.*': { target: 'cleaning', actions: ['noteFailure', 'removeBrokenPart'] },
      },
    },
    cleaning: {
      entry: ['watchClean', 'giveUp', 'stopLastPart'],
      exit: 'unwatch',
      always: [
        { guard: ({ context }) => context.live.length === 0 && context.failed, target: 'failed' },
        { guard: 'nothingLeft', target: 'stopped' },
      ],
      on: {
        'part.stopped': { guard: 'isLast', actions: ['removeLastPart', 'watchClean', 'stopLastPart'] },
        // It has been asked to stop, and says so when it has.
        'part.failed': { actions: 'noteFailure' },
        'xstate.error.actor.*': [
          { guard: 'brokeLast', actions: ['noteFailure', 'removeBrokenPart', 'watchClean', 'stopLastPart'] },
          { actions: ['noteFailure', 'removeBrokenPart'] },
        ],
        'clean.expired': { actions: ['abandonLastPart', 'watchClean', 'stopLastPart'] },
        'engine.stop': { actions: 'watchClean' },
      },
    },
    stopped: { type: 'final', entry: 'announceEnd' },
    failed: { type: 'final', entry: 'announceEnd' },
  },
})

function errorOf(event: EngineEvent | { readonly type: string; readonly error?: unknown }): unknown {
  if ('error' in event) return event.error
  return new Error(`The engine was stopped by "${event.type}".`)
}
