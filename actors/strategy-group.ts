import type { AnyActorRef } from 'xstate'
import { type StrategySeat as Seat, strategyGroupMachine } from '../machines/strategy-group.js'
import type { GroupStep } from '../src/dispatch/chunk-work.js'
import type { StrategyGroupHandle } from '../src/dispatch/groups.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import { strategyLogic } from './strategy.js'

/** The effects of a group's machine, as the data plane offers them. */
export interface GroupPlane {
  /** The runtime of a strategy that has a seat. */
  runtimeOf(name: string): StrategyRuntime | undefined
  publishMembers(group: string, handle: StrategyGroupHandle): void
}

const planeOf = (context: { readonly plane: unknown }): GroupPlane => context.plane as GroupPlane

const membersOf = (plane: GroupPlane, seats: readonly Seat[]): StrategyRuntime[] =>
  seats.map((seat) => plane.runtimeOf(seat.name)).filter((runtime) => runtime !== undefined)

export const strategyGroupLogic = strategyGroupMachine.provide({
  actors: { strategy: strategyLogic },
  actions: {
    deliver: ({ event, self }) => {
      const step = (event as { readonly step: GroupStep }).step
      // One after another in the order of their seats; a synchronous handler has answered when `send` returns.
      for (const delivery of step.deliveries) delivery.runtime.send({ type: 'chunk.deliver', delivery })
      if (step.pending > 0) self.send({ type: 'step.pending' })
    },
    publishMembers: ({ context, self }) => {
      planeOf(context).publishMembers(
        context.name,
        handleOf(context.name, self, membersOf(planeOf(context), context.seats)),
      )
    },
  },
})

function handleOf(name: string, self: AnyActorRef, members: readonly StrategyRuntime[]): StrategyGroupHandle {
  return {
    name,
    members,
    deliver: (step) => self.send({ type: 'chunk.deliver', step }),
    stepped: () => self.send({ type: 'step.ended' }),
  }
}
