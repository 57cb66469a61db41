import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutcryEvent } from '../../src/events/event.js'
import type { Chunk } from '../../src/queue/chunk.js'
import { Conflation, Spot } from '../../src/queue/conflation.js'
import { EventQueue } from '../../src/queue/queue.js'
import { eventOf, sequencesOf } from './helpers.js'
import { ReferenceQueue } from './reference.js'

const PARTITIONS = 4
const SYMBOLS = ['A', 'B', 'C', 'D', 'E', 'F']

/** The value of a key that is conflated, or one of a type that is not. */
const quote = (sequence: number, symbol: string, source: string): OutcryEvent =>
  new OutcryEvent(
    `q${sequence}`,
    'quote',
    1,
    sequence,
    1_000 + sequence,
    source,
    symbol,
    [],
    0,
    undefined,
    undefined,
    sequence,
    0,
  )

const keyOf = ({ source, symbol }: OutcryEvent): string => `${source}/${symbol}`

/** As an intake does it: in place where it can, else at the end. */
function publish(queue: EventQueue, event: OutcryEvent, lane: number, partition: number): 'replaced' | boolean {
  const spot = queue.conflated.spotOf(lane, event)
  if (spot !== undefined && queue.conflated.waitingAt(spot) !== undefined) {
    queue.conflated.replace(spot, event)
    return 'replaced'
  }
  const taken = queue.enqueue(event, lane, partition)
  if (taken) queue.conflated.noteLast(event, lane, partition)
  return taken
}

const symbol = fc.integer({ min: 0, max: SYMBOLS.length - 1 })
const lane = fc.integer({ min: 0, max: 3 })

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('conflated' as const),
      symbol,
      lane,
      source: fc.constantFrom('x', 'y'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('plain' as const), symbol, lane }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('lease' as const),
      max: fc.integer({ min: 1, max: 6 }),
      hold: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('evict' as const), lane }) },
)

describe('conflation in the queue', () => {
  it('behaves like a plain list in which the newest of a key stands where the oldest did, whatever is leased, held and evicted (row 3486)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250 }), fc.integer({ min: 1, max: 24 }), (steps, capacity) => {
        const queue = new EventQueue({ capacity, signalHeadroom: 0, partitions: PARTITIONS, ageingChunks: 2 })
        const model = new ReferenceQueue(capacity, 0, 2)
        type Lease = NonNullable<ReturnType<ReferenceQueue['lease']>>
        const out: { readonly chunk: Chunk; readonly lease: Lease }[] = []
        /** By lane and key: what was published last, and what was handed out last. */
        const latest = new Map<string, number>()
        const handed = new Map<string, number>()
        let sequence = 0
        let accepted = 0
        let conflated = 0
        let leased = 0
        let evicted = 0
        for (const s of steps) {
          if (s.do === 'conflated') {
            sequence += 1
            const event = quote(sequence, SYMBOLS[s.symbol] ?? '', s.source)
            const partition = s.symbol % PARTITIONS
            const at = model.entries.findIndex(
              (entry) => entry.lane === s.lane && entry.event.type === 'quote' && keyOf(entry.event) === keyOf(event),
            )
            const result = publish(queue, event, s.lane, partition)
            if (at >= 0) {
              model.entries[at] = { event, lane: s.lane, partition }
              expect(result).toBe('replaced')
              conflated += 1
            } else expect(result).toBe(model.enqueue(event, s.lane, partition, false))
            if (result === false) continue
            accepted += 1
            latest.set(`${s.lane} ${keyOf(event)}`, sequence)
          } else if (s.do === 'plain') {
            sequence += 1
            const event = eventOf(sequence, SYMBOLS[s.symbol])
            const taken = queue.enqueue(event, s.lane, s.symbol % PARTITIONS)
            expect(taken).toBe(model.enqueue(event, s.lane, s.symbol % PARTITIONS, false))
            if (taken) accepted += 1
          } else if (s.do === 'lease') {
            const expected = model.lease(s.max)
            const chunk = queue.lease(s.max)
            expect(chunk?.lane).toBe(expected?.lane)
            expect(sequencesOf(chunk?.events ?? [])).toEqual(expected?.entries.map((e) => e.event.sequence) ?? [])
            if (chunk === undefined || expected === undefined) continue
            leased += chunk.events.length
            for (const event of chunk.events) {
              if (event.type !== 'quote') continue
              const key = `${chunk.lane} ${keyOf(event)}`
              expect(event.sequence).toBeGreaterThan(handed.get(key) ?? 0)
              handed.set(key, event.sequence)
            }
            if (s.hold) {
              queue.hold(chunk)
              model.hold(expected.entries)
              out.push({ chunk, lease: expected })
            } else queue.release(chunk)
          } else if (s.do === 'release') {
            const [ended] = out.splice(s.which % Math.max(1, out.length), 1)
            if (ended === undefined) continue
            queue.release(ended.chunk)
            model.release(ended.lease.entries)
          } else if (s.do === 'evict') {
            const event = queue.evictOldestIn(s.lane)
            expect(event?.sequence).toBe(model.evictOldestIn(s.lane)?.sequence)
            if (event !== undefined) evicted += 1
            // What was evicted was never handed out, and is the latest no more.
            if (event?.type === 'quote') latest.delete(`${s.lane} ${keyOf(event)}`)
          }
          expect(queue.depth).toBe(model.entries.length)
          expect(accepted).toBe(leased + evicted + conflated + queue.depth)
          expect(queue.counters.reduce((sum, counters) => sum + counters.conflated, 0)).toBe(conflated)
        }
        // The latest value of every key was handed out, or still will be.
        const left = queue.takeAll()
        expect(sequencesOf(left)).toEqual(model.entries.map((entry) => entry.event.sequence).sort((a, b) => a - b))
        const waiting = new Set(sequencesOf(left))
        for (const [key, last] of latest) expect(handed.get(key) === last || waiting.has(last)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('never replaces across lanes', () => {
    const queue = new EventQueue({ capacity: 10, signalHeadroom: 0, partitions: 4, ageingChunks: 16 })
    expect(publish(queue, quote(1, 'A', 'x'), 2, 0)).toBe(true)
    expect(publish(queue, quote(2, 'A', 'x'), 0, 0)).toBe(true)
    expect(publish(queue, quote(3, 'A', 'x'), 2, 0)).toBe('replaced')
    expect(sequencesOf(queue.lease(8)?.events ?? [])).toEqual([2])
    expect(sequencesOf(queue.lease(8)?.events ?? [])).toEqual([3])
  })

  it('replaces what waits behind a held cell, parked in any depth', () => {
    const queue = new EventQueue({ capacity: 100, signalHeadroom: 0, partitions: 4, ageingChunks: 16 })
    publish(queue, quote(1, 'A', 'x'), 2, 0)
    const held = queue.lease(1)
    if (held === undefined) throw new Error('Nothing could be leased.')
    queue.hold(held)
    for (let index = 0; index < 20; index += 1) publish(queue, quote(2 + index, 'A', `s${index}`), 2, 0)
    publish(queue, quote(50, 'B', 'x'), 2, 1)
    // The search for a free cell parks all twenty.
    expect(sequencesOf(queue.lease(8)?.events ?? [])).toEqual([50])
    for (let index = 0; index < 20; index += 1) {
      expect(publish(queue, quote(60 + index, 'A', `s${index}`), 2, 0)).toBe('replaced')
    }
    queue.release(held)
    expect(sequencesOf(queue.lease(50)?.events ?? [])).toEqual(Array.from({ length: 20 }, (_, index) => 60 + index))
  })

  it('forgets keys whose events have gone, so that it stays bounded however many keys come', () => {
    const conflation = new Conflation()
    const queued = new Set<Spot>()
    for (let index = 0; index < 100_000; index += 1) {
      const event = quote(index, `S${index}`, `x${index % 7}`)
      const spot = new Spot(event.sequence, 2, 0, index, Number.NEGATIVE_INFINITY)
      queued.clear()
      queued.add(spot)
      conflation.note(event, spot, (other) => queued.has(other))
    }
    expect(conflation.size).toBeLessThanOrEqual(1_025)
  })

  it('forgets windows that have ended, and at a bound those that have not, and counts these', () => {
    const note = (count: number, until: (index: number) => number): Conflation => {
      const conflation = new Conflation()
      for (let index = 0; index < count; index += 1) {
        const event = quote(index, `S${index}`, 'x')
        conflation.note(event, new Spot(index, 2, 0, index, until(index)), () => false)
      }
      return conflation
    }
    // An event of number n is received at 1,000 + n: here a window is open for 100 ms.
    const ended = note(100_000, (index) => 1_100 + index)
    expect(ended.size).toBeLessThanOrEqual(1_025)
    expect(ended.forgotten).toBe(0)
    const open = note(200_000, () => 1e9)
    expect(open.size).toBeLessThanOrEqual(65_536)
    expect(open.forgotten).toBe(200_000 - open.size)
  })
})
