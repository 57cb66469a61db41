import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { CqrsModule, EventBus, EventsHandler, type IEventHandler } from '@nestjs/cqrs'
import type { Book } from '../load/book.js'
import { RecentIds } from '../load/recent-ids.js'
import { books as makeBooks } from '../load/workload.js'
import { DraftClass, type EventDraft } from '../outcry.js'
import { BATCH, type Contender, type Mode } from './contender.js'

/** A handler class of its own for each subscriber, as the framework finds them by class. */
const handlerOf = (book: Book, mode: Mode, handled: () => void) => {
  class BookHandler implements IEventHandler<EventDraft> {
    handle(event: EventDraft): void | Promise<void> {
      if (mode === 'async') return this.handleLater(event)
      book.handle(event)
      handled()
    }

    private async handleLater(event: EventDraft): Promise<void> {
      await undefined
      book.handle(event)
      handled()
    }
  }
  // What a decorator would do, written as the call that it is.
  EventsHandler(DraftClass)(BookHandler)
  return BookHandler
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The event bus of Nest's CQRS module, with dedupe before it. It shields handlers from each other itself. */
export const nestCqrs: Contender = {
  name: 'nestCqrs',
  title: '@nestjs/cqrs EventBus, with dedupe',
  share: 0.035,
  modes: ['single', 'async'],
  lacks: ['queue', 'lanes', 'backpressure', 'ledger', 'dead letters'],
  async prepare(mode) {
    const books = makeBooks()
    let done = 0
    const handled = (): void => {
      done += 1
    }
    class Application {}
    const providers = books.map((book) => handlerOf(book, mode, handled))
    Module({ imports: [CqrsModule.forRoot()], providers })(Application)
    const application = await NestFactory.createApplicationContext(Application, { logger: false })
    await application.init()
    const bus = application.get(EventBus)
    return {
      books,
      async play(workload) {
        const seen = new RecentIds()
        for (let at = 0; at < workload.events; at += 1) {
          const event = workload.draft(at)
          if (seen.add(event.id ?? '')) bus.publish(event)
          if (at % BATCH === BATCH - 1) await nextTurn()
        }
        while (done < workload.events * books.length) await nextTurn()
      },
      close: () => application.close(),
    }
  },
}
