import { shelfMachine } from '../machines/shelf.js'
import { breakerLogic } from './breaker.js'
import { deadLettersLogic } from './dead-letters.js'

/** The part that holds the circuit breakers. */
export const breakersLogic = shelfMachine.provide({ actors: { child: breakerLogic } })

/** The part that holds the dead letters. */
export const deadLettersPart = shelfMachine.provide({ actors: { child: deadLettersLogic } })
