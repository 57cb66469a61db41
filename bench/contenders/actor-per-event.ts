import { createActor, setup } from 'xstate'
import type { Book, Seen } from '../load/book.js'
import { books as makeBooks } from '../load/workload.js'
import type { Contender } from './contender.js'

const strategyMachine = setup({
  types: { context: {} as { book: Book }, events: {} as { type: 'event'; event: Seen }, input: {} as { book: Book } },
  actions: {
    handle: ({ context }, params: { event: Seen }) => context.book.handle(params.event),
  },
}).createMachine({
  context: ({ input }) => ({ book: input.book }),
  initial: 'idle',
  states: {
    idle: { on: { event: 'processing' } },
    processing: {
      entry: { type: 'handle', params: ({ event }) => ({ event: event.event }) },
      always: 'idle',
    },
  },
})

/** What an actor system invites one to write: each strategy an actor, each event a message to each of them. */
export const actorPerEvent: Contender = {
  name: 'actorPerEvent',
  title: 'XState 5, one send per event and strategy',
  share: 0.007,
  modes: ['single'],
  lacks: ['queue bound', 'dedupe', 'lanes', 'backpressure', 'ledger'],
  prepare() {
    const books = makeBooks()
    const actors = books.map((book) => createActor(strategyMachine, { input: { book } }).start())
    return {
      books,
      async play(workload) {
        for (let at = 0; at < workload.events; at += 1) {
          const event = workload.draft(at)
          for (const actor of actors) actor.send({ type: 'event', event })
        }
      },
      close() {
        for (const actor of actors) actor.stop()
      },
    }
  },
}
