import { actorPerEvent } from './actor-per-event.js'
import { bareLoop } from './bare-loop.js'
import type { Contender, Outsider } from './contender.js'
import { emittery } from './emittery.js'
import { engine } from './engine.js'
import { eventEmitter3 } from './event-emitter3.js'
import { fastq, fastqBare } from './fastq.js'
import { nestCqrs } from './nest-cqrs.js'
import { pQueue } from './p-queue.js'
import { python } from './python.js'
import { rxjs, rxjsBare } from './rxjs.js'

/** Everyone who takes part, in the order of the table. */
export const CONTENDERS: readonly Contender[] = [
  engine,
  bareLoop,
  actorPerEvent,
  emittery,
  pQueue,
  fastq,
  rxjs,
  nestCqrs,
  eventEmitter3,
  fastqBare,
  rxjsBare,
]

/** Those who measure themselves, if this machine has what they need. */
export const OUTSIDERS: readonly Outsider[] = [python]
