import { defineStrategy } from '../outcry.js'
import { Book } from './book.js'

/** Strategies that keep a book each of all trades and news. */
export const bookkeepers = (count: number) =>
  Array.from({ length: count }, (_, number) =>
    defineStrategy({
      name: `subscriber-${number}`,
      subscribe: { types: ['trade', 'news'] },
      state: () => new Book(number),
      onEvents(chunk, { state }) {
        for (const event of chunk) state.handle(event)
      },
    }),
  )
