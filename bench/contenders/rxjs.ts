import { asapScheduler, concatMap, EMPTY, filter, from, mergeMap, observeOn, Subject } from 'rxjs'
import { RecentIds } from '../load/recent-ids.js'
import { books as makeBooks } from '../load/workload.js'
import type { EventDraft } from '../outcry.js'
import { BATCH, type Contender } from './contender.js'
import { deliver, deliverAsync } from './deliver.js'

/** Lets the asap scheduler run: RxJS has no way to tell a producer to wait. */
const breathe = (): Promise<void> => new Promise((resolve) => asapScheduler.schedule(() => resolve()))

/** With a scheduler between producer and handlers, a bound on concurrency, and dedupe. */
export const rxjs: Contender = {
  name: 'rxjs',
  title: 'RxJS observeOn + mergeMap(1), with dedupe',
  share: 0.07,
  modes: ['single', 'async'],
  lacks: ['backpressure', 'lanes', 'ledger', 'dead letters'],
  prepare(mode) {
    const books = makeBooks()
    return {
      books,
      async play(workload) {
        const subject = new Subject<EventDraft>()
        const seen = new RecentIds()
        const ended = new Promise<void>((resolve, reject) => {
          subject
            .pipe(
              filter((event) => seen.add(event.id ?? '')),
              observeOn(asapScheduler),
              mergeMap((event) => {
                if (mode === 'async') return from(deliverAsync(books, event))
                deliver(books, event)
                return EMPTY
              }, 1),
            )
            .subscribe({ complete: resolve, error: reject })
        })
        for (let at = 0; at < workload.events; at += 1) {
          subject.next(workload.draft(at))
          if (at % BATCH === BATCH - 1) await breathe()
        }
        subject.complete()
        await ended
      },
    }
  },
}

/** Upper reference: no scheduler, so that `next` is a plain call through to the handlers. */
export const rxjsBare: Contender = {
  name: 'rxjsBare',
  title: 'RxJS concatMap alone',
  share: 1,
  modes: ['single'],
  lacks: ['queue', 'isolation', 'dedupe', 'lanes', 'backpressure', 'ledger'],
  prepare() {
    const books = makeBooks()
    return {
      books,
      async play(workload) {
        const subject = new Subject<EventDraft>()
        const ended = new Promise<void>((resolve, reject) => {
          subject
            .pipe(
              concatMap((event) => {
                for (const book of books) book.handle(event)
                return EMPTY
              }),
            )
            .subscribe({ complete: resolve, error: reject })
        })
        for (let at = 0; at < workload.events; at += 1) subject.next(workload.draft(at))
        subject.complete()
        await ended
      },
    }
  },
}
