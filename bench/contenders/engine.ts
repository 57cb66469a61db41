import { Book } from '../load/book.js'
import { SUBSCRIBERS, type Workload } from '../load/workload.js'
import { createEngine, defineStrategy, type Engine, type EventDraft } from '../outcry.js'
import { BATCH, type Contender, type Mode } from './contender.js'

const strategy = (number: number, mode: Mode, made: (book: Book) => void) => {
  const base = {
    name: `subscriber-${number}`,
    subscribe: { types: ['trade', 'news'] as const },
    state: (): Book => {
      const book = new Book(number)
      made(book)
      return book
    },
  }
  return mode === 'async'
    ? defineStrategy({
        ...base,
        async onEvents(events, { state }) {
          await undefined
          for (const event of events) state.handle(event)
        },
      })
    : defineStrategy({
        ...base,
        onEvents(events, { state }) {
          for (const event of events) state.handle(event)
        },
      })
}

const publishSingly = async (engine: Engine, workload: Workload): Promise<void> => {
  for (let at = 0; at < workload.events; at += 1) await engine.publish(workload.draft(at))
}

const publishBatches = async (engine: Engine, workload: Workload): Promise<void> => {
  for (let start = 0; start < workload.events; start += BATCH) {
    const batch: EventDraft[] = []
    const end = Math.min(start + BATCH, workload.events)
    for (let at = start; at < end; at += 1) batch.push(workload.draft(at))
    await engine.publishAll(batch)
  }
}

/** Outcry as it is shipped, with its default options. */
export const engine: Contender = {
  name: 'engine',
  title: 'Outcry, default options',
  share: 1,
  modes: ['single', 'batched', 'async'],
  lacks: [],
  async prepare(mode) {
    const books: Book[] = []
    const strategies = Array.from({ length: SUBSCRIBERS }, (_, at) => strategy(at, mode, (book) => books.push(book)))
    const outcry = createEngine({ strategies })
    await outcry.start()
    return {
      books,
      async play(workload) {
        await (mode === 'batched' ? publishBatches : publishSingly)(outcry, workload)
        await outcry.drain()
        const { events, deliveries } = outcry.ledger()
        if (events.settled !== workload.events || deliveries.succeeded !== workload.events * SUBSCRIBERS) {
          throw new Error(`the ledger does not show the run: ${JSON.stringify({ events, deliveries })}`)
        }
      },
      async close() {
        await outcry.stop()
      },
    }
  },
}
