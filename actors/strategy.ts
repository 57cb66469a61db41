import { strategyMachine } from '../machines/strategy.js'
import type { Delivery } from '../src/dispatch/delivery.js'
import type { StrategySeatPort } from './strategy-seat.js'

const seat = (context: { readonly runtime: unknown }): StrategySeatPort => context.runtime as StrategySeatPort

const deliveryOf = (event: object): Delivery => (event as { readonly delivery: Delivery }).delivery

/** The strategy machine joined to its data plane, which is its input's `runtime`. */
export const strategyLogic = strategyMachine.provide({
  actions: {
    prepare: ({ context, self }) => seat(context).prepare((notice) => self.send(notice)),
    runStartHook: ({ context }) => seat(context).runHook('onStart'),
    runStopHook: ({ context }) => seat(context).runHook('onStop'),
    dropHook: ({ context }) => seat(context).dropHook(),
    take: ({ context, event }) => seat(context).take(deliveryOf(event)),
    park: ({ context, event }) => seat(context).park(deliveryOf(event)),
    skip: ({ context, event }) => seat(context).skip(deliveryOf(event)),
    failHung: ({ context, event }) => seat(context).failHung(deliveryOf(event)),
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
