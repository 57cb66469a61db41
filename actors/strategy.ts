import { strategyMachine } from '../machines/strategy.js'
import { withShortMove } from './short-move.js'
import { withShortWay } from './short-way.js'
import type { StrategySeat } from './strategy-seat.js'

const seat = (context: { readonly runtime: unknown }): StrategySeat => context.runtime as StrategySeat

const joined = strategyMachine.provide({
  actions: {
    attach: ({ context, self }) => seat(context).attach(self),
    unexpected: ({ context, event, self }) => seat(context).unexpected(self.id, event.type),
    prepare: ({ context }) => seat(context).prepare(),
    runStartHook: ({ context }) => seat(context).runStartHook(),
    runWarmUp: ({ context }) => seat(context).runWarmUp(),
    runStopHook: ({ context }) => seat(context).runStopHook(),
    takeSnapshot: ({ context }) => seat(context).takeSnapshot(),
    dropHook: ({ context }) => seat(context).dropHook(),
    becomeReady: ({ context }) => seat(context).becomeReady(),
    take: ({ context }) => seat(context).take(),
    park: ({ context }) => seat(context).park(),
    skip: ({ context }) => seat(context).skip(),
    skipParked: ({ context }) => seat(context).skipParked(),
    failHung: ({ context }) => seat(context).failHung(),
    detachAll: ({ context }) => seat(context).detachAll(),
    timeOut: ({ context }) => seat(context).timeOut(),
    interrupt: ({ context }) => seat(context).interrupt(),
    abandonAll: ({ context }) => seat(context).abandonAll(),
    leave: ({ context }) => seat(context).leave(),
    resumeParked: ({ context }) => seat(context).resumeParked(),
    noteRestart: ({ context }) => seat(context).noteRestart(),
    forgetRestarts: ({ context }) => seat(context).forgetRestarts(),
    announceRestart: ({ context }) => seat(context).tell('restarting', context.error),
    announceFault: ({ context }) => seat(context).tell('faulted', context.error),
    announceEnd: ({ context }) => seat(context).tell('stopped'),
  },
  guards: {
    isStaleHook: ({ context, event }) => seat(context).isStale(event),
    hasStartHook: ({ context }) => seat(context).hasStartHook,
    hasWarmUp: ({ context }) => seat(context).hasWarmUp,
    hasStopHook: ({ context }) => seat(context).hasStopHook,
    canSnapshot: ({ context }) => seat(context).canSnapshot,
    isHung: ({ context }) => seat(context).isHung,
    isLate: ({ context }) => seat(context).isLate,
    isBusy: ({ context }) => seat(context).isBusy,
    mayRestart: ({ context }) => seat(context).mayRestart,
    isTemporary: ({ context }) => seat(context).policy.type === 'temporary',
    isPermanent: ({ context }) => seat(context).policy.type === 'permanent',
    restartsOnHang: ({ context }) => seat(context).policy.onHang,
  },
  delays: { backoff: ({ context }) => seat(context).backoffMs },
})

/** The strategy machine joined to its data plane, which is its input's `runtime`. */
export const strategyLogic = withShortWay(joined, ['active', 'ready'], 'chunk.deliver')
// The two that come with every promise of a handler.
withShortMove(strategyLogic, ['active', 'ready'], 'handler.pending')
withShortMove(strategyLogic, ['active', 'processing'], 'strategy.idled')
