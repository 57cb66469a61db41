import { fromCallback } from 'xstate'
import { healthMachine } from '../machines/health.js'
import type { HealthFact, HealthPort } from '../src/health/monitor.js'

/** The health part: its input's `monitor` looks and judges, its actor is where the verdict can be seen. */
export const healthLogic = healthMachine.provide({
  actors: {
    link: fromCallback(({ input, sendBack }: { input: HealthPort; sendBack: (fact: HealthFact) => void }) =>
      input.attach(sendBack),
    ),
  },
  actions: {
    unexpected: ({ context, event, self }) => context.monitor.unanswered(self.id, event.type),
    announce: ({ context }) => context.monitor.announce(),
  },
})
