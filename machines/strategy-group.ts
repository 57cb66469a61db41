import { type AnyActorLogic, assign, enqueueActions, fromCallback, sendParent, setup } from 'xstate'

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
  | { readonly type: 'strategy.faulted'; readonly name: string; readonly error: unknown }
  | { readonly type: 'strategy.stopped'; readonly name: string }
  | { readonly type: 'group.stop' }

/**
 * Up to ten strategies that get a chunk together: the chunk's step and a level of the supervision
 * tree in one, so that no parent has more children than can be looked after cheaply.
 */
export const strategyGroupMachine = setup({
  types: {
    context: {} as StrategyGroupContext,
    events: {} as StrategyGroupEvent,
    input: {} as { readonly name: string; readonly plane: unknown; readonly seats: readonly StrategySeat[] },
  },
  actors: { strategy: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    /** Hands each of its strategies its delivery; says `step.pending` if one has to be awaited. */
    deliver: () => {},
    /** Tells the data plane who is in the group. */
    publishMembers: () => {},
    spawnSeats: enqueueActions(({ context, enqueue }) => {
      for (const { name, input } of context.seats) enqueue.spawnChild('strategy', { id: name, input: input as never })
    }),
    addSeat: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.add') return
      enqueue.assign({ seats: [...context.seats, event.seat] })
      enqueue.spawnChild('strategy', { id: event.seat.name, input: event.seat.input as never })
    }),
    stopSeat: enqueueActions(({ event, enqueue }) => {
      if (event.type === 'strategy.remove') enqueue.sendTo(event.name, { type: 'strategy.stop' } as never)
    }),
    stopSeats: enqueueActions(({ context, enqueue }) => {
      for (const { name } of [...context.seats].reverse()) enqueue.sendTo(name, { type: 'strategy.stop' } as never)
    }),
    forgetSeat: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'strategy.stopped') return
      enqueue.stopChild(event.name)
      enqueue.assign({ seats: context.seats.filter((seat) => seat.name !== event.name) })
    }),
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
  context: ({ input }) => ({ ...input, steps: 0 }),
  entry: ['spawnSeats', 'publishMembers'],
  initial: 'idle',
  on: {
    'chunk.deliver': { actions: 'deliver' },
    'strategy.add': { actions: ['addSeat', 'publishMembers'] },
    'strategy.remove': { actions: 'stopSeat' },
    'strategy.ready': { actions: 'passOn' },
    'strategy.faulted': { actions: 'passOn' },
    'strategy.stopped': { actions: ['forgetSeat', 'publishMembers', 'passOn'] },
    'group.stop': '.stopping',
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
    stopped: { type: 'final', entry: 'reportStopped' },
  },
})
