import { shelfMachine } from '../machines/shelf.js'
import { trayMachine } from '../machines/tray.js'
import { breakerLogic } from './breaker.js'
import { deadLettersLogic } from './dead-letters.js'

/** The effects of both parts, as the data plane offers them. */
export interface ShelfPlane {
  unanswered(actor: string, event: string): void
}

const shelf = shelfMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => (context.plane as ShelfPlane).unanswered(self.id, event.type),
  },
})

const tray = trayMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => (context.plane as ShelfPlane).unanswered(self.id, event.type),
  },
})

/** The part that holds the circuit breakers. */
export const breakersLogic = shelf.provide({ actors: { tray: tray.provide({ actors: { child: breakerLogic } }) } })

/** The part that holds the dead letters. */
export const deadLettersPart = shelf.provide({
  actors: { tray: tray.provide({ actors: { child: deadLettersLogic } }) },
})
