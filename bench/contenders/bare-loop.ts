import type { Book } from '../load/book.js'
import { books as makeBooks, type Workload } from '../load/workload.js'
import type { EventDraft } from '../outcry.js'
import { BATCH, type Contender } from './contender.js'

const oneByOne = (workload: Workload, books: readonly Book[]): void => {
  for (let at = 0; at < workload.events; at += 1) {
    const event = workload.draft(at)
    for (const book of books) book.handle(event)
  }
}

const handleChunk = async (book: Book, chunk: readonly EventDraft[]): Promise<void> => {
  await undefined
  for (const event of chunk) book.handle(event)
}

const chunkByChunk = async (workload: Workload, books: readonly Book[]): Promise<void> => {
  for (let start = 0; start < workload.events; start += BATCH) {
    const chunk: EventDraft[] = []
    const end = Math.min(start + BATCH, workload.events)
    for (let at = start; at < end; at += 1) chunk.push(workload.draft(at))
    for (const book of books) await handleChunk(book, chunk)
  }
}

/** The limit: validates each event and calls the same ten handlers. Nothing that does more can be faster. */
export const bareLoop: Contender = {
  name: 'bareLoop',
  title: 'for loop: validate and call',
  share: 1,
  modes: ['single', 'batched', 'async'],
  lacks: ['queue', 'isolation', 'dedupe', 'lanes', 'backpressure', 'ledger'],
  prepare(mode) {
    const books = makeBooks()
    return {
      books,
      async play(workload) {
        if (mode === 'async') await chunkByChunk(workload, books)
        else oneByOne(workload, books)
      },
    }
  },
}
