import type { OutcryEvent } from 'outcry'
import type { Mutant } from './inside.js'

/** Bugs in what is written of an engine, and in what the next one makes of it. */
export const journalMutants: readonly Mutant[] = [
  {
    name: 'accepted-before-the-sync',
    what: 'a publisher hears that its event is accepted when it is written, and before it is synced',
    engine: ({ journalling }) => {
      if (journalling === undefined) return
      const { journal } = journalling
      const append = journal.append.bind(journal)
      journal.append = (batch) => append(batch, false)
    },
  },
  {
    name: 'redelivered-unmarked',
    what: 'what an earlier engine left is delivered as if it had never been before',
    engine: ({ queue, journalling }) => {
      if (journalling === undefined) return
      const place = queue.place.bind(queue)
      const unmarked = (event: OutcryEvent): OutcryEvent =>
        Object.defineProperty(Object.assign(Object.create(Object.getPrototypeOf(event)), event), 'redelivered', {
          get: () => false,
        }) as OutcryEvent
      queue.place = (event, lane, partition) => place(event.redelivered ? unmarked(event) : event, lane, partition)
    },
  },
  {
    name: 'settled-when-leased',
    what: 'the journal holds an event for settled as soon as a worker has it',
    engine: ({ queue, journalling }) => {
      if (journalling === undefined) return
      const lease = queue.lease.bind(queue)
      queue.lease = (...asked) => {
        const chunk = lease(...asked)
        if (chunk !== undefined) journalling.settled(chunk.events)
        return chunk
      }
    },
  },
  {
    name: 'ids-forgotten-by-recovery',
    what: 'the ids that an earlier engine accepted are not remembered',
    engine: ({ intake, journalling }) => {
      if (journalling !== undefined) intake.remember = () => {}
    },
  },
]
