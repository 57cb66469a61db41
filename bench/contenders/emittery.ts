import Emittery from 'emittery'
import { RecentIds } from '../load/recent-ids.js'
import { books as makeBooks } from '../load/workload.js'
import type { EventDraft } from '../outcry.js'
import type { Contender } from './contender.js'

/** Emittery awaits every listener of an event, which is its backpressure: one event at a time. */
export const emittery: Contender = {
  name: 'emittery',
  title: 'emittery, emit awaited, with dedupe',
  share: 0.07,
  modes: ['single', 'async'],
  lacks: ['queue', 'lanes', 'ledger', 'dead letters'],
  prepare(mode) {
    const books = makeBooks()
    const emitter = new Emittery<Record<string, EventDraft>>()
    for (const book of books) {
      for (const type of ['trade', 'news']) {
        if (mode === 'async') {
          emitter.on(type, async (event) => {
            await undefined
            book.handle(event as EventDraft)
          })
        } else {
          emitter.on(type, (event) => book.handle(event as EventDraft))
        }
      }
    }
    return {
      books,
      async play(workload) {
        const seen = new RecentIds()
        for (let at = 0; at < workload.events; at += 1) {
          const event = workload.draft(at)
          if (seen.add(event.id ?? '')) await emitter.emit(event.type, event)
        }
      },
    }
  },
}
