import fastqFactory from 'fastq'
import type { Book } from '../load/book.js'
import { RecentIds } from '../load/recent-ids.js'
import { books as makeBooks } from '../load/workload.js'
import type { EventDraft } from '../outcry.js'
import { type Contender, HIGH_WATER } from './contender.js'
import { deliver, deliverAsync } from './deliver.js'

/** With dedupe, a shield around each handler and a producer that waits for room. */
export const fastq: Contender = {
  name: 'fastq',
  title: 'fastq, concurrency 1, with dedupe',
  share: 0.05,
  modes: ['single', 'async'],
  lacks: ['lanes', 'ledger', 'dead letters', 'work side by side across symbols'],
  prepare(mode) {
    const books = makeBooks()
    const answer =
      mode === 'async' ? deliverAsync : async (to: readonly Book[], event: EventDraft) => deliver(to, event)
    const queue = fastqFactory.promise((event: EventDraft) => answer(books, event), 1)
    return {
      books,
      async play(workload) {
        const seen = new RecentIds()
        const failures: unknown[] = []
        for (let at = 0; at < workload.events; at += 1) {
          const event = workload.draft(at)
          if (!seen.add(event.id ?? '')) continue
          if (queue.length() >= HIGH_WATER) await queue.drained()
          queue.push(event).catch((error: unknown) => failures.push(error))
        }
        await queue.drained()
        if (failures.length > 0) throw failures[0]
      },
    }
  },
}

/** Upper reference: the callback form with a synchronous worker, which runs inside `push`. */
export const fastqBare: Contender = {
  name: 'fastqBare',
  title: 'fastq callbacks alone',
  share: 1,
  modes: ['single'],
  lacks: ['isolation', 'dedupe', 'lanes', 'backpressure', 'ledger'],
  prepare() {
    const books = makeBooks()
    const queue = fastqFactory((event: EventDraft, done) => {
      for (const book of books) book.handle(event)
      done(null)
    }, 1)
    return {
      books,
      async play(workload) {
        for (let at = 0; at < workload.events; at += 1) queue.push(workload.draft(at))
      },
    }
  },
}
