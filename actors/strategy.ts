import { strategyMachine } from '../machines/strategy.js'
import type { StrategySeatPort } from './strategy-seat.js'

const seat = (context: { readonly runtime: unknown }): StrategySeatPort => context.runtime as StrategySeatPort

/** The strategy machine joined to its data plane, which is its input's `runtime`. */
export const strategyLogic = strategyMachine.provide({
  actions: {
    prepare: ({ context, self }) => seat(context).prepare((notice) => self.send(notice)),
    runStartHook: ({ context }) => seat(context).runHook('onStart'),
    runStopHook: ({ context }) => seat(context).runHook('onStop'),
    dropHook: ({ context }) => seat(context).dropHook(),
    take: ({ context }) => seat(context).take(),
    park: ({ context }) => seat(context).park(),
    skip: ({ context }) => seat(context).skip(),
    failHung: ({ context }) => seat(context).failHung(),
    detachAll: ({ context }) => seat(context).detachAll(),
    timeOut: ({ context }) => seat(context).timeOut(),
    abandonAll: ({ context }) => seat(context).abandonAll(),
    resumeParked: ({ context }) => seat(context).resumeParked(),
  },
  guards: {
    hasStartHook: ({ context }) => seat(context).hasHook('onStart'),
    hasStopHook: ({ context }) => seat(context).hasHook('onStop'),
  },
})
