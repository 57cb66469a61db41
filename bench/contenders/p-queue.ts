import PQueue from 'p-queue'
import { RecentIds } from '../load/recent-ids.js'
import { books as makeBooks } from '../load/workload.js'
import { type Contender, HIGH_WATER } from './contender.js'
import { deliver, deliverAsync } from './deliver.js'

/** One job an event in a queue with priorities, one job at a time so that order per symbol is kept. */
export const pQueue: Contender = {
  name: 'pQueue',
  title: 'p-queue with priorities, with dedupe',
  share: 0.035,
  modes: ['single', 'async'],
  lacks: ['work side by side across symbols', 'ledger', 'dead letters'],
  prepare(mode) {
    const books = makeBooks()
    const queue = new PQueue({ concurrency: 1 })
    const answer = mode === 'async' ? deliverAsync : deliver
    return {
      books,
      async play(workload) {
        const seen = new RecentIds()
        const failures: unknown[] = []
        for (let at = 0; at < workload.events; at += 1) {
          const event = workload.draft(at)
          if (!seen.add(event.id ?? '')) continue
          if (queue.size >= HIGH_WATER) await queue.onSizeLessThan(HIGH_WATER)
          queue.add(() => answer(books, event), { priority: 1 }).catch((error: unknown) => failures.push(error))
        }
        await queue.onIdle()
        if (failures.length > 0) throw failures[0]
      },
    }
  },
}
