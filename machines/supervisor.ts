import { type AnyActorLogic, assign, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import { change, imperative, tell } from './imperative.js'
import type { PartStop } from './parts.js'
import { unexpected } from './unexpected.js'

export interface SupervisorOptions {
  readonly min: number
  readonly max: number
  /** Spawn above this queue depth a worker. */
  readonly scaleUpDepth: number
  /** Retire below this queue depth a worker. */
  readonly scaleDownDepth: number
  /** Milliseconds between two looks. */
  readonly intervalMs: number
  /** Milliseconds between two changes. */
  readonly cooldownMs: number
}

export interface SupervisorContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly options: SupervisorOptions
  /** Ids of the workers that have not been asked to go, oldest first. */
  readonly workers: readonly string[]
  /** Ids of all workers that are not yet gone. */
  readonly live: readonly string[]
  readonly spawned: number
  /** Gone as no longer needed; those of a stop are not among them. */
  readonly retired: number
  readonly peak: number
}

export type SupervisorEvent =
  | { readonly type: 'queue.depth'; readonly depth: number }
  | { readonly type: 'worker.retired'; readonly name: string }
  | PartStop

/** How many workers a depth asks for, within the bounds; at most twice what there are. */
export function wantedWorkers(options: SupervisorOptions, workers: number, depth: number): number {
  if (depth > options.scaleUpDepth * workers) {
    return Math.min(options.max, workers * 2, Math.ceil(depth / options.scaleUpDepth))
  }
  if (depth < options.scaleDownDepth * workers) return Math.max(options.min, workers - 1)
  return workers
}

const wanted = ({ context, event }: { context: SupervisorContext; event: SupervisorEvent }): number =>
  event.type === 'queue.depth'
    ? wantedWorkers(context.options, context.workers.length, event.depth)
    : context.workers.length

/**
 * Keeps as many workers as the queue's depth asks for. It hears of the depth when a threshold is
 * crossed and on a tick, never per event, and rests after each change so that it does not flap.
 */
export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as { readonly plane: unknown; readonly workers: SupervisorOptions },
  },
  actors: { worker: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Sends the present `queue.depth` to itself. */
    measure: () => {},
    /** Tells the data plane from which depth on it wants to hear of it, and who is there. */
    publishScale: () => {},
    grow: enqueueActions(({ context, event, enqueue }) => {
      const target = event.type === 'queue.depth' ? wanted({ context, event }) : context.options.min
      let { spawned } = context
      const added: string[] = []
      while (context.workers.length + added.length < target) {
        spawned += 1
        const id = `worker-${spawned}`
        added.push(id)
        enqueue.spawnChild('worker', { id, input: { name: id, plane: context.plane } as never })
      }
      const live = [...context.live, ...added]
      enqueue(
        change<SupervisorContext>({
          spawned,
          live,
          workers: [...context.workers, ...added],
          peak: Math.max(context.peak, live.length),
        }),
      )
    }),
    shrink: enqueueActions(({ context, event, enqueue }) => {
      const keep = wanted({ context, event })
      for (const id of context.workers.slice(keep)) enqueue(tell(id, { type: 'worker.retire' }))
      enqueue(change<SupervisorContext>({ workers: context.workers.slice(0, keep) }))
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      for (const id of context.live) enqueue(tell(id, { type: 'worker.stop' }))
    }),
    forget: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'worker.retired') return
      const gone = event.name
      enqueue.stopChild(gone)
      enqueue(
        change<SupervisorContext>({
          live: context.live.filter((id) => id !== gone),
          workers: context.workers.filter((id) => id !== gone),
        }),
      )
    }),
    countRetired: assign({ retired: ({ context }) => context.retired + 1 }),
    clearWorkers: assign({ workers: [] }),
    reportStarted: sendParent({ type: 'part.started', part: 'supervisor' }),
    reportStopped: sendParent({ type: 'part.stopped', part: 'supervisor' }),
  },
  guards: {
    tooDeep: ({ context, event }) => wanted({ context, event }) > context.workers.length,
    tooShallow: ({ context, event }) => wanted({ context, event }) < context.workers.length,
    nobodyLeft: ({ context }) => context.live.length === 0,
  },
  delays: {
    interval: ({ context }) => context.options.intervalMs,
    cooldown: ({ context }) => context.options.cooldownMs,
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input }) => ({
    plane: input.plane,
    options: input.workers,
    workers: [],
    live: [],
    spawned: 0,
    retired: 0,
    peak: 0,
  }),
  entry: ['grow', 'publishScale', 'reportStarted'],
  initial: 'watching',
  on: {
    'part.stop': '.stopping',
    // Nothing to change, or too soon after a change.
    'queue.depth': {},
    ...unexpected,
    'worker.retired': { actions: ['forget', 'countRetired', 'publishScale'] },
  },
  states: {
    watching: {
      on: {
        'queue.depth': [
          { guard: 'tooDeep', target: 'coolingDown', actions: ['grow', 'publishScale'] },
          { guard: 'tooShallow', target: 'coolingDown', actions: ['shrink', 'publishScale'] },
        ],
      },
      after: { interval: { target: 'watching', reenter: true, actions: 'measure' } },
    },
    coolingDown: {
      after: { cooldown: { target: 'watching', actions: 'measure' } },
    },
    stopping: {
      entry: ['clearWorkers', 'stopAll'],
      always: { guard: 'nobodyLeft', target: 'stopped' },
      on: { 'worker.retired': { actions: ['forget', 'publishScale'] } },
    },
    stopped: { type: 'final', entry: 'reportStopped' },
  },
})
