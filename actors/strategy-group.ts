import type { AnyActorRef } from 'xstate'
import { type StrategySeat as Seat, strategyGroupMachine } from '../machines/strategy-group.js'
import type { GroupStep } from '../src/dispatch/chunk-work.js'
import type { StrategyGroupHandle } from '../src/dispatch/groups.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import { withShortMove } from './short-move.js'
import { withShortWay } from './short-way.js'
import { strategyLogic } from './strategy.js'

/** The effects of a group's machine, as the data plane offers them. */
export interface GroupPlane {
  /** The runtime of a strategy that has a seat. */
  runtimeOf(name: string): StrategyRuntime | undefined
  /** What is being handed over while `chunk.deliver` is sent. */
  offeredStep: GroupStep | undefined
  publishMembers(group: string, handle: StrategyGroupHandle): void
  unanswered(actor: string, event: string): void
}

const planeOf = (context: { readonly plane: unknown }): GroupPlane => context.plane as GroupPlane

const membersOf = (plane: GroupPlane, seats: readonly Seat[]): StrategyRuntime[] =>
  seats.map((seat) => plane.runtimeOf(seat.name)).filter((runtime) => runtime !== undefined)

const joined = strategyGroupMachine.provide({
  actors: { strategy: strategyLogic },
  actions: {
    unexpected: ({ context, event, self }) => planeOf(context).unanswered(self.id, event.type),
    deliver: ({ context, self }) => {
      const step = planeOf(context).offeredStep
      if (step === undefined) return
      // One after another in the order of their seats; a synchronous handler has answered when `send` returns.
      for (const delivery of step.deliveries) delivery.runtime.offer(delivery)
      // What nobody took is rescued as soon as this returns, and holds no group.
      const unclaimed = step.pending > 0 ? step.deliveries.filter(({ status }) => status === 'fresh').length : 0
      if (step.pending <= unclaimed) return
      step.announced = true
      self.send({ type: 'step.pending' })
    },
    publishMembers: ({ context, self }) => {
      planeOf(context).publishMembers(context.name, handleOf(context.name, self, planeOf(context), context.seats))
    },
  },
})

/** The group's machine joined to the data plane. In each of its states it hands a step on. */
export const strategyGroupLogic = withShortWay(joined, [], 'chunk.deliver')
// The two that come with every step that is awaited.
withShortMove(strategyGroupLogic, ['idle'], 'step.pending')
withShortMove(strategyGroupLogic, ['delivering'], 'step.ended')

const DELIVER = { type: 'chunk.deliver' } as const
const ENDED = { type: 'step.ended' } as const

function handleOf(name: string, self: AnyActorRef, plane: GroupPlane, seats: readonly Seat[]): StrategyGroupHandle {
  return {
    name,
    members: membersOf(plane, seats),
    deliver: (step) => {
      plane.offeredStep = step
      self.send(DELIVER)
      plane.offeredStep = undefined
    },
    stepped: () => self.send(ENDED),
  }
}
