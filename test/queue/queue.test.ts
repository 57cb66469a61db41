import { describe, expect, it } from 'vitest'
import type { OutcryEvent } from '../../src/events/event.js'
import type { Chunk } from '../../src/queue/chunk.js'
import { LaneQueue } from '../../src/queue/lane-queue.js'
import { EventQueue, type EventQueueOptions } from '../../src/queue/queue.js'
import { eventOf, sequencesOf } from './helpers.js'

const CRITICAL = 0
const NORMAL = 2
const LOW = 3

const queueOf = (options: Partial<EventQueueOptions> = {}): EventQueue =>
  new EventQueue({ capacity: 10_000, signalHeadroom: 1_024, partitions: 64, ageingChunks: 16, ...options })

const lease = (queue: EventQueue, max = 256): Chunk => {
  const chunk = queue.lease(max)
  if (chunk === undefined) throw new Error('Nothing could be leased.')
  return chunk
}

describe('capacity', () => {
  it('loses nothing of a burst of ten times its capacity: each event is taken once or turned away and counted (row 3454)', () => {
    const queue = queueOf({ capacity: 1_000 })
    const seen: number[] = []
    let refused = 0
    let sequence = 0
    const waiting: OutcryEvent[] = []
    for (let i = 0; i < 10_000; i += 1) {
      const event = eventOf(sequence + 1)
      sequence += 1
      if (!queue.enqueue(event, NORMAL, sequence % 64)) {
        refused += 1
        waiting.push(event)
      }
    }
    expect(refused).toBe(9_000)
    expect(queue.counters[NORMAL]).toMatchObject({ enqueued: 1_000, refused: 9_000, refusedReserved: 0 })
    for (;;) {
      const chunk = queue.lease(256)
      if (chunk === undefined) break
      seen.push(...sequencesOf(chunk.events))
      queue.release(chunk)
      while (waiting.length > 0 && queue.hasRoom()) {
        const event = waiting.shift()
        if (event !== undefined) queue.enqueue(event, NORMAL, event.sequence % 64)
      }
    }
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1))
    expect(queue.counters[NORMAL]).toMatchObject({ enqueued: 10_000, leased: 10_000 })
    expect(queue.peakDepth).toBe(1_000)
    expect(queue.inFlight).toBe(0)
  })

  it('keeps the headroom for reserved events, and bounds those too', () => {
    const queue = queueOf({ capacity: 2, signalHeadroom: 1 })
    expect(queue.enqueue(eventOf(1), LOW, 0)).toBe(true)
    expect(queue.enqueue(eventOf(2), LOW, 0, true)).toBe(true)
    expect(queue.hasRoom()).toBe(false)
    expect(queue.enqueue(eventOf(3), CRITICAL, 0)).toBe(false)
    expect(queue.hasRoom(true)).toBe(true)
    expect(queue.enqueue(eventOf(3), CRITICAL, 0, true)).toBe(true)
    expect(queue.enqueue(eventOf(4), CRITICAL, 0, true)).toBe(false)
    expect(queue.counters[CRITICAL]).toMatchObject({ enqueued: 1, refused: 2, refusedReserved: 1 })
  })

  it('makes room by evicting the oldest of the least urgent lane, and never of the lane itself or a more urgent one', () => {
    const queue = queueOf()
    queue.enqueue(eventOf(1), NORMAL, 0)
    queue.enqueue(eventOf(2), LOW, 0)
    queue.enqueue(eventOf(3), LOW, 1)
    queue.enqueue(eventOf(4), 1, 1)
    expect(queue.evictOldest(1)?.sequence).toBe(2)
    expect(queue.evictOldest(1)?.sequence).toBe(3)
    expect(queue.evictOldest(1)?.sequence).toBe(1)
    expect(queue.evictOldest(1)).toBeUndefined()
    expect(queue.depth).toBe(1)
    expect(queue.counters.map((counters) => counters.evicted)).toEqual([0, 0, 1, 2])
  })

  it('evicts the oldest event even if it is parked behind a held cell', () => {
    const queue = queueOf()
    for (let i = 1; i <= 5; i += 1) queue.enqueue(eventOf(i), NORMAL, i === 4 ? 1 : 0)
    const held = lease(queue, 1)
    queue.hold(held)
    queue.release(lease(queue, 256))
    expect(queue.depth).toBe(3)
    expect(queue.leasable).toBe(false)
    expect(queue.evictOldestIn(NORMAL)?.sequence).toBe(2)
    queue.release(held)
    expect(sequencesOf(lease(queue).events)).toEqual([3, 5])
  })

  it('evicts in order of arrival, whether the oldest is parked, ready again or not yet met', () => {
    const queue = queueOf()
    for (let i = 1; i <= 9; i += 1) queue.enqueue(eventOf(i), NORMAL, i % 3)
    const first = lease(queue, 1)
    queue.hold(first)
    const others = lease(queue, 2)
    queue.hold(others)
    expect(queue.leasable).toBe(false)
    queue.enqueue(eventOf(10), NORMAL, 5)
    queue.release(others)
    expect(Array.from({ length: 8 }, () => queue.evictOldestIn(NORMAL)?.sequence)).toEqual([
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      undefined,
    ])
    expect(queue.depth).toBe(0)
  })

  it('gives the memory of a burst back', () => {
    const queue = queueOf({ capacity: 300_000 })
    for (let i = 1; i <= 200_000; i += 1) queue.enqueue(eventOf(i), NORMAL, i % 64)
    expect(queue.slots).toBeGreaterThanOrEqual(200_000)
    for (let chunk = queue.lease(256); chunk !== undefined; chunk = queue.lease(256)) queue.release(chunk)
    expect(queue.slots).toBeLessThan(10_000)
  })

  it('gives the memory of a burst behind held cells back', () => {
    const queue = queueOf({ capacity: 300_000 })
    queue.enqueue(eventOf(1), NORMAL, 0)
    const held = lease(queue)
    queue.hold(held)
    for (let i = 2; i <= 200_000; i += 1) queue.enqueue(eventOf(i), NORMAL, 0)
    expect(queue.lease(256)).toBeUndefined()
    expect(queue.depth).toBe(199_999)
    queue.release(held)
    let next = 2
    for (let chunk = queue.lease(256); chunk !== undefined; chunk = queue.lease(256)) {
      for (const event of chunk.events) if (event.sequence === next) next += 1
      queue.release(chunk)
    }
    expect(next).toBe(200_001)
    expect(queue.slots).toBeLessThan(10_000)
  })

  it('says which option is out of range, with the value', () => {
    expect(() => queueOf({ capacity: 0 })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'queue.capacity', value: 0 }),
    )
    expect(() => queueOf({ partitions: 1.5 })).toThrow(/queue\.partitions .*1\.5/)
    expect(() => queueOf({ ageingChunks: Number.NaN })).toThrow(/queue\.ageingChunks/)
    expect(() => queueOf({ signalHeadroom: -1 })).toThrow(/queue\.signalHeadroom/)
    expect(() => queueOf().enqueue(eventOf(1), 4, 0)).toThrow(/lane 4/)
    expect(() => queueOf().enqueue(eventOf(1), 0, 64)).toThrow(/partition 64/)
  })
})

describe('order and leases', () => {
  it('leases one lane a chunk, most urgent first, in order of arrival', () => {
    const queue = queueOf()
    queue.enqueue(eventOf(1), NORMAL, 0)
    queue.enqueue(eventOf(2), CRITICAL, 0)
    queue.enqueue(eventOf(3), NORMAL, 1)
    queue.enqueue(eventOf(4), CRITICAL, 1)
    const first = lease(queue)
    expect([first.lane, ...sequencesOf(first.events)]).toEqual([CRITICAL, 2, 4])
    queue.release(first)
    expect(sequencesOf(lease(queue).events)).toEqual([1, 3])
  })

  it('never lets a held normal cell stand before the critical lane of the same partition (row 3466)', () => {
    const queue = queueOf({ partitions: 1 })
    queue.enqueue(eventOf(1), NORMAL, 0)
    queue.hold(lease(queue))
    queue.enqueue(eventOf(2), NORMAL, 0)
    queue.enqueue(eventOf(3), CRITICAL, 0)
    expect(sequencesOf(lease(queue).events)).toEqual([3])
  })

  it('leases the cells that are free past one that is held, and the parked events first once it is free (row 3466)', () => {
    const queue = queueOf()
    for (let i = 1; i <= 9; i += 1) queue.enqueue(eventOf(i), NORMAL, i % 3)
    const held = lease(queue, 1)
    queue.hold(held)
    expect(held.partitions).toEqual([1])
    expect(sequencesOf(lease(queue, 4).events)).toEqual([2, 3, 5, 6])
    queue.release(held)
    queue.enqueue(eventOf(10), NORMAL, 1)
    // The chunk of 2, 3, 5 and 6 was neither held nor released, so the queue holds it by itself.
    expect(sequencesOf(lease(queue).events)).toEqual([4, 7, 10])
  })

  it('merges the parked events of several cells in order of arrival', () => {
    const queue = queueOf()
    for (let i = 1; i <= 8; i += 1) queue.enqueue(eventOf(i), NORMAL, i % 4)
    const held = lease(queue, 4)
    queue.hold(held)
    for (let i = 9; i <= 16; i += 1) queue.enqueue(eventOf(i), NORMAL, (i * 3) % 4)
    expect(queue.lease(256)).toBeUndefined()
    queue.release(held)
    queue.enqueue(eventOf(17), NORMAL, 0)
    const first = lease(queue, 5)
    expect(sequencesOf(first.events)).toEqual([5, 6, 7, 8, 9])
    queue.release(first)
    expect(sequencesOf(lease(queue).events)).toEqual([10, 11, 12, 13, 14, 15, 16, 17])
  })

  it('keeps the order of equal timestamps: only arrival counts', () => {
    const queue = queueOf()
    for (let i = 1; i <= 1_000; i += 1) queue.enqueue(eventOf(i), NORMAL, (i * 7) % 64)
    const seen: number[] = []
    for (let chunk = queue.lease(100); chunk !== undefined; chunk = queue.lease(100)) {
      seen.push(...sequencesOf(chunk.events))
      queue.release(chunk)
    }
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1))
  })

  it('leases what is free even if more than a thousand events of a held cell stand before it', () => {
    const queue = queueOf()
    queue.enqueue(eventOf(1), NORMAL, 0)
    const held = lease(queue)
    queue.hold(held)
    for (let i = 2; i <= 5_000; i += 1) queue.enqueue(eventOf(i), NORMAL, i % 2_000 === 0 ? 1 : 0)
    const seen: number[] = []
    for (let chunk = queue.lease(256); chunk !== undefined; chunk = queue.lease(256)) {
      seen.push(...sequencesOf(chunk.events))
      queue.release(chunk)
    }
    expect(seen).toEqual([2_000, 4_000])
    queue.release(held)
    expect(sequencesOf(lease(queue, 3).events)).toEqual([2, 3, 4])
  })

  it('does not use a chunk again that a handler may have kept', () => {
    const queue = queueOf()
    queue.enqueue(eventOf(1), NORMAL, 0)
    const first = lease(queue)
    queue.release(first)
    queue.enqueue(eventOf(2), NORMAL, 0)
    queue.release(lease(queue))
    expect(sequencesOf(first.events)).toEqual([1])
  })

  it('goes on when its positions pass 2^31', () => {
    for (const position of [0x7ffffffc, -4]) {
      const lane = new LaneQueue(2, position)
      const take = (max: number): number[] => sequencesOf(lane.take(max, [], new Int32Array(max)))
      for (let i = 1; i <= 12; i += 1) lane.push(eventOf(i), i % 2)
      lane.hold(0)
      lane.hold(1)
      expect(lane.leasable()).toBe(false)
      lane.free(1)
      expect(take(1)).toEqual([1])
      lane.free(0)
      expect(lane.evictOldest()?.sequence).toBe(2)
      expect(take(20)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    }
  })
})

describe('ageing', () => {
  /** The lanes of the next chunks of one event each, with every lane in `full` always refilled. */
  const lanesServed = (queue: EventQueue, full: readonly number[], chunks: number): number[] => {
    let sequence = 0
    const served: number[] = []
    for (let i = 0; i < chunks; i += 1) {
      for (const lane of full) while (queue.depthOf(lane) < 2) queue.enqueue(eventOf(++sequence), lane, 0)
      const chunk = lease(queue, 1)
      served.push(chunk.lane)
      queue.release(chunk)
    }
    return served
  }

  it('serves a passed-over lane after ageingChunks chunks of a more urgent one (rows 3468, 3480)', () => {
    expect(lanesServed(queueOf({ ageingChunks: 3 }), [CRITICAL, LOW], 12)).toEqual([0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3])
  })

  it('cases: never lets a lane wait for more than ageingChunks chunks of more urgent lanes and one of each other (rows 3468, 3480)', () => {
    const served = lanesServed(queueOf({ ageingChunks: 5 }), [0, 1, 2, 3], 400)
    for (let lane = 1; lane < 4; lane += 1) {
      let waited = 0
      for (const other of served) {
        waited = other === lane ? 0 : waited + 1
        expect(waited).toBeLessThanOrEqual(5 + 2)
      }
    }
    expect(served.filter((lane) => lane === CRITICAL).length).toBeGreaterThan(150)
  })

  it('does not age a lane that is empty or wholly held', () => {
    const queue = queueOf({ ageingChunks: 2 })
    queue.enqueue(eventOf(1), LOW, 0)
    const held = lease(queue)
    queue.hold(held)
    queue.enqueue(eventOf(2), LOW, 0)
    for (let i = 3; i <= 8; i += 1) {
      queue.enqueue(eventOf(i), CRITICAL, 0)
      const chunk = lease(queue, 1)
      expect(chunk.lane).toBe(CRITICAL)
      queue.release(chunk)
    }
    queue.release(held)
    queue.enqueue(eventOf(9), CRITICAL, 0)
    expect(lease(queue).lane).toBe(CRITICAL)
  })

  it('forgets the age of a lane that was emptied by eviction', () => {
    const queue = queueOf({ ageingChunks: 2 })
    const lanes: number[] = []
    const serve = (): void => {
      const chunk = lease(queue, 1)
      lanes.push(chunk.lane)
      queue.release(chunk)
    }
    for (let i = 1; i <= 9; i += 1) queue.enqueue(eventOf(i), CRITICAL, 0)
    queue.enqueue(eventOf(10), LOW, 0)
    serve()
    serve()
    queue.evictOldestIn(LOW)
    serve()
    queue.enqueue(eventOf(11), LOW, 0)
    for (let i = 0; i < 3; i += 1) serve()
    expect(lanes).toEqual([CRITICAL, CRITICAL, CRITICAL, CRITICAL, CRITICAL, LOW])
  })

  it('leases a critical event next, however many others are queued (rows 3468, 3480)', () => {
    const queue = queueOf({ capacity: 300_000 })
    for (let i = 1; i <= 200_000; i += 1) queue.enqueue(eventOf(i), NORMAL, i % 64)
    queue.release(lease(queue))
    queue.enqueue(eventOf(200_001), CRITICAL, 5)
    const chunk = lease(queue)
    expect([chunk.lane, ...sequencesOf(chunk.events)]).toEqual([CRITICAL, 200_001])
  })
})

describe('stop without drain', () => {
  it('hands out everything queued in order of sequence, parked events too, and counts it abandoned', () => {
    const queue = queueOf()
    for (let i = 1; i <= 20; i += 1) queue.enqueue(eventOf(i), i % 4, i % 3)
    const held = lease(queue, 2)
    queue.hold(held)
    const left = queue.takeAll()
    expect(sequencesOf(left)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1).filter((n) => !sequencesOf(held.events).includes(n)),
    )
    expect(queue.counters.reduce((sum, counters) => sum + counters.abandoned, 0)).toBe(18)
    expect([queue.depth, queue.inFlight, queue.leasable]).toEqual([0, 2, false])
    queue.release(held)
    expect(queue.inFlight).toBe(0)
    expect(queue.enqueue(eventOf(21), NORMAL, 0)).toBe(true)
    expect(sequencesOf(lease(queue).events)).toEqual([21])
  })
})
