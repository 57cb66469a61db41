import { shelfMachine } from '../machines/shelf.js'
import { breakerLogic } from './breaker.js'
import { deadLettersLogic } from './dead-letters.js'

/** The effects of both parts, as the data plane offers them. */
export interface ShelfPlane {
  unanswered(actor: string, event: string): void
}

const ports = shelfMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => (context.plane as ShelfPlane).unanswered(self.id, event.type),
  },
})

/** The part that holds the circuit breakers. */
export const breakersLogic = ports.provide({ actors: { child: breakerLogic } })

/** The part that holds the dead letters. */
export const deadLettersPart = ports.provide({ actors: { child: deadLettersLogic } })
