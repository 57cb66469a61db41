import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Chunk } from '../../src/queue/chunk.js'
import { EventQueue } from '../../src/queue/queue.js'
import { eventOf, sequencesOf } from './helpers.js'
import { ReferenceQueue } from './reference.js'

const PARTITIONS = 4

const lane = fc.integer({ min: 0, max: 3 })

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      lane,
      partition: fc.integer({ min: 0, max: PARTITIONS - 1 }),
      reserved: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('lease' as const),
      max: fc.integer({ min: 1, max: 6 }),
      fate: fc.constantFrom('release' as const, 'hold' as const, 'hold' as const, 'forget' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('evict' as const), lane, below: fc.boolean() }) },
)

it('behaves like a plain list under any sequence of enqueue, lease, hold, release and evict (rows 3466, 3468, 3480)', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      (steps, capacity, headroom, ageing) => {
        const queue = new EventQueue({
          capacity,
          signalHeadroom: headroom,
          partitions: PARTITIONS,
          ageingChunks: ageing,
        })
        const model = new ReferenceQueue(capacity, headroom, ageing)
        type Lease = NonNullable<ReturnType<ReferenceQueue['lease']>>
        const out: { readonly chunk: Chunk; readonly lease: Lease }[] = []
        let forgotten: { readonly chunk: Chunk; readonly lease: Lease } | undefined
        let sequence = 0
        let settled = 0
        let evicted = 0
        let accepted = 0

        for (const s of steps) {
          if (s.do === 'enqueue') {
            const event = eventOf(sequence + 1)
            const taken = queue.enqueue(event, s.lane, s.partition, s.reserved)
            expect(taken).toBe(model.enqueue(event, s.lane, s.partition, s.reserved))
            if (taken) accepted += 1
            sequence += 1
          } else if (s.do === 'lease') {
            // A chunk that its owner neither held nor released is held by the next lease.
            if (forgotten !== undefined) {
              model.hold(forgotten.lease.entries)
              forgotten = undefined
            }
            const expected = model.lease(s.max)
            const chunk = queue.lease(s.max)
            expect(chunk?.lane).toBe(expected?.lane)
            expect(chunk?.events ?? []).toEqual(expected?.entries.map((entry) => entry.event) ?? [])
            if (chunk === undefined || expected === undefined) continue
            const sequences = sequencesOf(chunk.events)
            expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
            const lease = { chunk, lease: expected }
            if (s.fate === 'release') {
              queue.release(chunk)
              settled += chunk.events.length
              continue
            }
            out.push(lease)
            if (s.fate === 'hold') {
              queue.hold(chunk)
              model.hold(expected.entries)
              const cells = new Set(expected.entries.map((entry) => entry.partition))
              expect(new Set(chunk.partitions)).toEqual(cells)
              expect(chunk.partitions.length).toBe(cells.size)
            } else forgotten = lease
          } else if (s.do === 'release') {
            const [ended] = out.splice(s.which % Math.max(1, out.length), 1)
            if (ended === undefined) continue
            if (ended === forgotten) forgotten = undefined
            expect(queue.release(ended.chunk)).toBe(true)
            expect(queue.release(ended.chunk)).toBe(false)
            model.release(ended.lease.entries)
            settled += ended.chunk.events.length
          } else {
            const event = s.below ? queue.evictOldest(s.lane) : queue.evictOldestIn(s.lane)
            expect(event).toBe(s.below ? model.evictOldest(s.lane) : model.evictOldestIn(s.lane))
            if (event !== undefined) evicted += 1
          }
          expect(queue.depth).toBe(model.entries.length)
          expect(queue.depth).toBeLessThanOrEqual(capacity + headroom)
          expect(accepted).toBe(settled + evicted + queue.depth + queue.inFlight)
          for (let l = 0; l < 4; l += 1) {
            const queued = model.inLane(l)
            expect(queue.depthOf(l)).toBe(queued.length)
            // A forgotten chunk's cells count as free until the next lease holds them.
            expect(queue.leasableIn(l)).toBe(
              queued.some((entry) => !model.held.has(`${entry.partition}/${entry.lane}`)),
            )
          }
        }
        const left = queue.takeAll()
        expect(left).toEqual(model.entries.map((entry) => entry.event))
        expect(accepted).toBe(settled + evicted + left.length + queue.inFlight)
        expect(queue.depth).toBe(0)
        expect(queue.leasable).toBe(false)
      },
    ),
    { numRuns: 300 },
  )
})
