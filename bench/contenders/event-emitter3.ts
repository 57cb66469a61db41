import { EventEmitter } from 'eventemitter3'
import { books as makeBooks } from '../load/workload.js'
import type { EventDraft } from '../outcry.js'
import type { Contender } from './contender.js'

/** Upper reference: a synchronous call by name, which an application would have to build all the rest upon. */
export const eventEmitter3: Contender = {
  name: 'eventEmitter3',
  title: 'eventemitter3',
  share: 1,
  modes: ['single'],
  lacks: ['queue', 'isolation', 'dedupe', 'lanes', 'backpressure', 'ledger', 'async'],
  prepare() {
    const books = makeBooks()
    const emitter = new EventEmitter<Record<string, [EventDraft]>>()
    for (const book of books) {
      for (const type of ['trade', 'news']) emitter.on(type, (event) => book.handle(event))
    }
    return {
      books,
      async play(workload) {
        for (let at = 0; at < workload.events; at += 1) {
          const event = workload.draft(at)
          emitter.emit(event.type, event)
        }
      },
    }
  },
}
