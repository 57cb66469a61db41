import type { Book } from '../load/book.js'
import type { EventDraft } from '../outcry.js'

/** Ten handlers, each shielded from the failures of the others as a peer's user would have to do by hand. */
export const deliver = (books: readonly Book[], event: EventDraft): void => {
  for (const book of books) {
    try {
      book.handle(event)
    } catch (error) {
      process.emitWarning(error as Error)
    }
  }
}

const handleLater = async (book: Book, event: EventDraft): Promise<void> => {
  await undefined
  book.handle(event)
}

/** The same with handlers that each await one promise; they run side by side, as the engine's do. */
export const deliverAsync = async (books: readonly Book[], event: EventDraft): Promise<void> => {
  await Promise.allSettled(books.map((book) => handleLater(book, event)))
}
