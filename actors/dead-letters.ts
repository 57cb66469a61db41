import { type ActorRefFrom, fromCallback } from 'xstate'
import { deadLettersMachine } from '../machines/dead-letters.js'
import type { DeadLetterPort } from '../src/dead-letters/facts.js'

type Send = Parameters<DeadLetterPort['attach']>[0]

/**
 * The actor of the dead letters. Its input is the store's data plane, which the engine's other parts
 * hold and call; `letters.close` ends it, and stopping it ends a redrive as well.
 *
 * @example
 * ```ts
 * const letters = new DeadLetters({ environment, redeliver: (strategy, event) => deliver(strategy, event) })
 * const actor = createActor(deadLettersLogic, { input: letters }).start()
 * letters.enter([{ reason: 'poison', event, strategy: 'breakout', error }])
 * await letters.redrive({ strategy: 'breakout' })
 * ```
 */
export const deadLettersLogic = deadLettersMachine.provide({
  actors: {
    link: fromCallback(({ input, sendBack }: { input: DeadLetterPort; sendBack: Send }) => input.attach(sendBack)),
    redriver: fromCallback(({ input }: { input: DeadLetterPort }) => input.beginRedrive()),
  },
  actions: { unexpected: ({ context, event, self }) => context.letters.unanswered(self.id, event.type) },
})

export type DeadLettersActor = ActorRefFrom<typeof deadLettersLogic>
