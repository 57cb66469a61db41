import { type AnyActorLogic, assign, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import { change, imperative, tell } from './imperative.js'
import { unexpected } from './unexpected.js'

/**
 * Who is restarted together, in the words of Erlang's supervisors: the one that failed, it and those
 * seated after it, or the whole group.
 */
export type Supervision = 'one-for-one' | 'rest-for-one' | 'one-for-all'

/** What a group needs to spawn a strategy: its name and the input of its actor. */
export interface StrategySeat {
  readonly name: string
  readonly input: unknown
}

export interface StrategyGroupContext {
  readonly name: string
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly seats: readonly StrategySeat[]
  /** Steps that wait for a strategy's promise. */
  readonly steps: number
  readonly supervision: Supervision
  /** Members that have yet to be ready before those held may go on. */
  readonly awaited: readonly string[]
  /** Members that wait for their turn to be started again, in the order of their seats. */
  readonly held: readonly string[]
  /** Members that were given up. */
  readonly faulted: readonly string[]
}

export type StrategyGroupEvent =
  /** A worker hands over the group's step of a chunk; the data plane holds what it is. */
  | { readonly type: 'chunk.deliver' }
  /** The step just delivered has to be awaited. */
  | { readonly type: 'step.pending' }
  | { readonly type: 'step.ended' }
  | { readonly type: 'strategy.add'; readonly seat: StrategySeat }
  | { readonly type: 'strategy.remove'; readonly name: string }
  | { readonly type: 'strategy.ready'; readonly name: string }
  | { readonly type: 'strategy.restarting'; readonly name: string }
  | StrategyFault
  | { readonly type: 'strategy.stopped'; readonly name: string }
  | { readonly type: 'group.stop' }

/** A strategy was given up. */
export interface StrategyFault {
  readonly type: 'strategy.faulted'
  readonly name: string
  readonly error: unknown
  /** It failed more often than it may, and was not one that nobody restarts. */
  readonly exceeded: boolean
}

export interface StrategyGroupInput {
  readonly name: string
  readonly plane: unknown
  readonly seats: readonly StrategySeat[]
  readonly supervision?: Supervision
}

/** Whom a member's failure takes down with it. */
function peersOf(context: StrategyGroupContext, name: string): readonly string[] {
  const { supervision, seats, awaited, held, faulted } = context
  if (supervision === 'one-for-one') return []
  const names = seats.map((seat) => seat.name)
  const among = supervision === 'one-for-all' ? names : names.slice(names.indexOf(name) + 1)
  return among.filter((peer) => peer !== name && ![awaited, held, faulted].some((list) => list.includes(peer)))
}

const without = (names: readonly string[], name: string): readonly string[] => names.filter((other) => other !== name)

/**
 * Up to ten strategies that get a chunk together: the chunk's step and a level of the supervision
 * tree in one, so that no parent has more children than can be looked after cheaply.
 */
export const strategyGroupMachine = setup({
  types: {
    context: {} as StrategyGroupContext,
    events: {} as StrategyGroupEvent,
    input: {} as StrategyGroupInput,
  },
  actors: { strategy: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    /** Hands each of its strategies its delivery; says `step.pending` if one has to be awaited. */
    deliver: () => {},
    /** Tells the data plane who is in the group. */
    publishMembers: () => {},
    spawnSeats: enqueueActions(({ context, enqueue }) => {
      for (const { name, input } of context.seats) enqueue.spawnChild('strategy', { id: name, input: input as never })
    }),
    addSeat: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.add') return
      enqueue(change<StrategyGroupContext>({ seats: [...context.seats, event.seat] }))
      enqueue.spawnChild('strategy', { id: event.seat.name, input: event.seat.input as never })
    }),
    stopSeat: enqueueActions(({ event, enqueue }) => {
      if (event.type === 'strategy.remove') enqueue(tell(event.name, { type: 'strategy.stop' }))
    }),
    stopSeats: enqueueActions(({ context, enqueue }) => {
      for (const { name } of [...context.seats].reverse()) enqueue(tell(name, { type: 'strategy.stop' }))
    }),
    forgetSeat: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.stopped') return
      enqueue.stopChild(event.name)
      enqueue(change<StrategyGroupContext>({ seats: context.seats.filter((seat) => seat.name !== event.name) }))
    }),
    /** The peers that stand or fall with it are stopped, last first, and wait. */
    holdPeers: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.restarting' || context.supervision === 'one-for-one') return
      const { name } = event
      const peers = peersOf(context, name)
      for (const peer of [...peers].reverse()) enqueue(tell(peer, { type: 'strategy.hold' }))
      // One that failed just as it was told to hold must not wait for a release that would never come.
      if (context.held.includes(name)) enqueue(tell(name, { type: 'strategy.release' }))
      const down = [...without(context.held, name), ...peers]
      enqueue(
        change<StrategyGroupContext>({
          awaited: [...without(context.awaited, name), name],
          held: context.seats.map((seat) => seat.name).filter((other) => down.includes(other)),
        }),
      )
    }),
    /** Nobody waits for it any longer; the next of those held may start. */
    releaseNext: enqueueActions(({ context, event, enqueue }) => {
      if (!('name' in event)) return
      const { name } = event
      // It was ready before it heard that it is held, or somebody has started it meanwhile: it waits for its turn.
      if (event.type === 'strategy.ready' && context.held.includes(name)) {
        enqueue(tell(name, { type: 'strategy.hold' }))
        return
      }
      const awaited = without(context.awaited, name)
      const [next, ...rest] = without(context.held, name)
      const turn = awaited.length === 0 && next !== undefined
      if (turn) enqueue(tell(next, { type: 'strategy.release' }))
      enqueue(
        change<StrategyGroupContext>({
          awaited: turn ? [next] : awaited,
          held: turn ? rest : without(context.held, name),
          faulted:
            event.type === 'strategy.faulted'
              ? [...without(context.faulted, name), name]
              : without(context.faulted, name),
        }),
      )
    }),
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    countUp: assign({ steps: ({ context }) => context.steps + 1 }),
    countDown: assign({ steps: ({ context }) => context.steps - 1 }),
    passOn: sendParent(({ event }) => event),
    reportStopped: sendParent(({ context }) => ({ type: 'group.stopped', name: context.name })),
  },
  guards: {
    lastStep: ({ context }) => context.steps <= 1,
    nobodyLeft: ({ context }) => context.seats.length === 0,
  },
}).createMachine({
  id: 'strategyGroup',
  context: ({ input: { name, plane, seats, supervision = 'one-for-one' } }) => ({
    name,
    plane,
    seats,
    supervision,
    steps: 0,
    awaited: [],
    held: [],
    faulted: [],
  }),
  entry: ['spawnSeats', 'publishMembers'],
  initial: 'idle',
  on: {
    'chunk.deliver': { actions: 'deliver' },
    'strategy.add': { actions: ['addSeat', 'publishMembers'] },
    'strategy.remove': { actions: 'stopSeat' },
    'strategy.restarting': { actions: 'holdPeers' },
    'strategy.ready': { actions: ['releaseNext', 'passOn'] },
    'strategy.faulted': { actions: ['releaseNext', 'passOn'] },
    'strategy.stopped': { actions: ['forgetSeat', 'releaseNext', 'publishMembers', 'passOn'] },
    'group.stop': '.stopping',
    // A step that ended just as its group began to stop.
    'step.pending': {},
    'step.ended': {},
    ...unexpected,
  },
  states: {
    idle: {
      on: { 'step.pending': { target: 'delivering', actions: 'countUp' } },
    },
    delivering: {
      on: {
        'step.pending': { actions: 'countUp' },
        'step.ended': [{ guard: 'lastStep', target: 'idle', actions: 'countDown' }, { actions: 'countDown' }],
      },
    },
    stopping: {
      entry: 'stopSeats',
      always: { guard: 'nobodyLeft', target: 'stopped' },
    },
    /** Its parent removes it. Not final, for the same reason as a strategy's. */
    stopped: { entry: 'reportStopped', on: { 'group.stop': {} } },
  },
})
