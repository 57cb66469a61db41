import type { EventDraft } from 'outcry'
import { everyNth, inside, type Mutant } from './inside.js'

export const queueMutants: readonly Mutant[] = [
  {
    name: 'dedupe-before-accept',
    what: 'the id of an event that was refused is remembered, so that its retry is a duplicate',
    engine: (plane) => {
      const { intake } = plane
      const admit = intake.admit.bind(intake)
      intake.admit = (draft: EventDraft, ...rest) => {
        const taken = admit(draft, ...rest)
        if ('reason' in taken && taken.reason === 'full' && draft.id !== undefined)
          inside(plane).intake.ports.dedupe?.add(draft.id)
        return taken
      }
    },
  },
  {
    name: 'duplicates-pass',
    what: 'every hundredth duplicate is taken',
    engine: (plane) => {
      const { dedupe } = inside(plane).intake.ports
      if (dedupe === undefined) return
      const add = dedupe.add.bind(dedupe)
      const now = everyNth(3)
      dedupe.add = (id) => add(id) || now()
    },
  },
  {
    name: 'lease-released-early',
    what: 'a chunk that has to be awaited does not hold its cells',
    engine: ({ queue }) => {
      queue.hold = () => {}
    },
  },
  {
    name: 'chunk-out-of-order',
    what: 'two events of a chunk change places',
    engine: ({ queue }) => {
      const lease = queue.lease.bind(queue)
      const now = everyNth(20)
      queue.lease = (most) => {
        const chunk = lease(most)
        if (chunk !== undefined && chunk.events.length > 1 && now()) chunk.events.reverse()
        return chunk
      }
    },
  },
  {
    name: 'eviction-not-counted',
    what: 'an event that gave its room to another is in no count',
    engine: ({ book }) => {
      book.events.evicted = () => {}
      book.derived.evicted = () => {}
    },
  },
  {
    name: 'ageing-off',
    what: 'the low lane waits for ever while there is anything more urgent',
    engine: ({ queue }) => {
      Object.assign(queue, { ageingChunks: 1_000_000 })
    },
  },
  {
    name: 'headroom-for-all',
    what: 'every event may use the room that is kept for signals',
    engine: (plane) => {
      const { ports } = inside(plane).intake
      Object.assign(ports, { capacity: ports.capacity + plane.queue.signalHeadroom })
      Object.assign(plane.queue, { capacity: plane.queue.capacity + plane.queue.signalHeadroom })
    },
  },
  {
    name: 'waiting-publisher-forgotten',
    what: 'some that wait for room are never told of any',
    engine: ({ waiters }) => {
      const wait = waiters.wait.bind(waiters)
      const now = everyNth(10)
      waiters.wait = (waiter, timeoutMs) => (now() ? true : wait(waiter, timeoutMs))
    },
  },
]
