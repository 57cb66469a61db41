import { strategiesMachine } from '../machines/strategies.js'
import { strategyGroupLogic } from './strategy-group.js'

/** The effects of the strategies part, as the data plane offers them. */
export interface StrategiesPlane {
  publishGroups(names: readonly string[]): void
  forgetStrategy(name: string): void
  strategyFaulted(name: string, error: unknown): void
  unanswered(actor: string, event: string): void
}

const planeOf = (context: { readonly plane: unknown }): StrategiesPlane => context.plane as StrategiesPlane

export const strategiesLogic = strategiesMachine.provide({
  actors: { strategyGroup: strategyGroupLogic },
  actions: {
    unexpected: ({ context, event, self }) => planeOf(context).unanswered(self.id, event.type),
    publishGroups: ({ context }) => planeOf(context).publishGroups(context.groups.map((group) => group.name)),
    forgetStrategy: ({ context, event }) => {
      if (event.type === 'strategy.stopped') planeOf(context).forgetStrategy(event.name)
    },
    announceFault: ({ context, event }) => {
      if (event.type === 'strategy.faulted') planeOf(context).strategyFaulted(event.name, event.error)
    },
  },
})
