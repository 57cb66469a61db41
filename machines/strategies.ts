import { type AnyActorLogic, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import { change, imperative, tell } from './imperative.js'
import type { PartStop } from './parts.js'
import type { StrategyFault, StrategySeat, Supervision } from './strategy-group.js'
import { unexpected } from './unexpected.js'

export interface RosterGroup {
  readonly name: string
  readonly members: readonly string[]
  /** Whom it was spawned with. */
  readonly seats: readonly StrategySeat[]
}

export interface StrategiesContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly groupSize: number
  readonly supervision: Supervision
  /** Whether a strategy that failed more often than it may takes the engine with it. */
  readonly escalate: 'fault' | 'engine'
  readonly groups: readonly RosterGroup[]
  /** Numbers the groups. */
  readonly spawned: number
  /** Strategies that are being started with the engine and are not ready yet. */
  readonly awaited: readonly string[]
}

export type StrategiesEvent =
  | { readonly type: 'strategy.add'; readonly seat: StrategySeat }
  | { readonly type: 'strategy.remove'; readonly name: string }
  | { readonly type: 'strategy.ready'; readonly name: string }
  | StrategyFault
  | { readonly type: 'strategy.stopped'; readonly name: string }
  | { readonly type: 'group.stopped'; readonly name: string }
  | PartStop

export interface StrategiesInput {
  readonly plane: unknown
  readonly groupSize: number
  readonly seats: readonly StrategySeat[]
  readonly supervision?: Supervision
  readonly escalate?: 'fault' | 'engine'
}

const groupOf = (context: StrategiesContext, name: string): RosterGroup | undefined =>
  context.groups.find((group) => group.members.includes(name))

/** The part that holds all strategies, in groups of at most `groupSize`. */
export const strategiesMachine = setup({
  types: {
    context: {} as StrategiesContext,
    events: {} as StrategiesEvent,
    input: {} as StrategiesInput,
  },
  actors: { strategyGroup: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    /** Tells the data plane which groups there are, in order. */
    publishGroups: () => {},
    /** A strategy has left: the data plane forgets it. */
    forgetStrategy: () => {},
    /** A strategy was given up while the engine runs. */
    announceFault: () => {},
    seatOne: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.add') return
      const { seat } = event
      // A group without members is being stopped.
      const open = context.groups.find(({ members }) => members.length > 0 && members.length < context.groupSize)
      if (open !== undefined) {
        enqueue(
          change<StrategiesContext>({
            groups: context.groups.map((group) =>
              group === open ? { ...group, members: [...group.members, seat.name] } : group,
            ),
          }),
        )
        enqueue(tell(open.name, event))
        return
      }
      const name = `group-${context.spawned + 1}`
      enqueue(
        change<StrategiesContext>({
          spawned: context.spawned + 1,
          groups: [...context.groups, { name, members: [seat.name], seats: [] }],
        }),
      )
      const { plane, supervision } = context
      enqueue.spawnChild('strategyGroup', { id: name, input: { name, seats: [seat], plane, supervision } as never })
    }),
    spawnGroups: enqueueActions(({ context, enqueue }) => {
      const { plane, supervision } = context
      for (const { name, seats } of context.groups) {
        enqueue.spawnChild('strategyGroup', { id: name, input: { name, seats, plane, supervision } as never })
      }
    }),
    removeOne: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.remove') return
      const group = groupOf(context, event.name)
      if (group !== undefined) enqueue(tell(group.name, event))
    }),
    unseat: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.stopped') return
      const group = groupOf(context, event.name)
      if (group === undefined) return
      const members = group.members.filter((name) => name !== event.name)
      // An empty group is stopped, so that a coming and going of strategies leaves nothing behind.
      if (members.length === 0) enqueue(tell(group.name, { type: 'group.stop' }))
      enqueue(
        change<StrategiesContext>({
          groups: context.groups.map((other) => (other === group ? { ...group, members } : other)),
        }),
      )
    }),
    stopGroups: enqueueActions(({ context, enqueue }) => {
      for (const group of [...context.groups].reverse()) enqueue(tell(group.name, { type: 'group.stop' }))
    }),
    forgetGroup: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'group.stopped') return
      enqueue.stopChild(event.name)
      enqueue(change<StrategiesContext>({ groups: context.groups.filter((group) => group.name !== event.name) }))
    }),
    /** It is ready, or gone: the start waits for it no longer. */
    awaitNoMore: enqueueActions(({ context, event, enqueue }) => {
      if (!('name' in event) || context.awaited.length === 0) return
      enqueue(change<StrategiesContext>({ awaited: context.awaited.filter((name) => name !== event.name) }))
    }),
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    reportStarted: sendParent({ type: 'part.started', part: 'strategies' }),
    reportFailed: sendParent(({ event }) => ({
      type: 'part.failed',
      part: 'strategies',
      error: event.type === 'strategy.faulted' ? event.error : undefined,
    })),
    reportStopped: sendParent({ type: 'part.stopped', part: 'strategies' }),
  },
  guards: {
    nobodyAwaited: ({ context }) => context.awaited.length === 0,
    escalates: ({ context, event }) =>
      context.escalate === 'engine' && event.type === 'strategy.faulted' && event.exceeded,
    noGroupLeft: ({ context }) => context.groups.length === 0,
  },
}).createMachine({
  id: 'strategies',
  context: ({ input }) => {
    const groups: { name: string; members: string[]; seats: StrategySeat[] }[] = []
    for (const seat of input.seats) {
      let group = groups[groups.length - 1]
      if (group === undefined || group.members.length >= input.groupSize) {
        group = { name: `group-${groups.length + 1}`, members: [], seats: [] }
        groups.push(group)
      }
      group.members.push(seat.name)
      group.seats.push(seat)
    }
    return {
      plane: input.plane,
      groupSize: input.groupSize,
      supervision: input.supervision ?? 'one-for-one',
      escalate: input.escalate ?? 'fault',
      groups,
      spawned: groups.length,
      awaited: input.seats.map((seat) => seat.name),
    }
  },
  entry: ['spawnGroups', 'publishGroups'],
  initial: 'starting',
  on: {
    'strategy.add': { actions: ['seatOne', 'publishGroups'] },
    'strategy.remove': { actions: 'removeOne' },
    'strategy.stopped': { actions: ['unseat', 'awaitNoMore', 'forgetStrategy'] },
    'group.stopped': { actions: ['forgetGroup', 'publishGroups'] },
    'part.stop': '.stopping',
    // Again, after a restart.
    'strategy.ready': {},
    ...unexpected,
  },
  states: {
    starting: {
      always: { guard: 'nobodyAwaited', target: 'running' },
      on: {
        'strategy.ready': { actions: 'awaitNoMore' },
        'strategy.faulted': { actions: 'reportFailed' },
      },
    },
    running: {
      entry: 'reportStarted',
      on: {
        'strategy.faulted': [
          { guard: 'escalates', actions: ['announceFault', 'reportFailed'] },
          { actions: 'announceFault' },
        ],
      },
    },
    stopping: {
      entry: 'stopGroups',
      always: { guard: 'noGroupLeft', target: 'stopped' },
      on: {
        'strategy.stopped': { actions: 'forgetStrategy' },
        // Too late to start: whoever comes now would hold up the stop.
        'strategy.add': {},
        'strategy.remove': {},
        'strategy.faulted': {},
      },
    },
    stopped: { type: 'final', entry: 'reportStopped' },
  },
})
