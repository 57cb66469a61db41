import { LANES, type OutcryEvent } from '../events/event.js'
import { wholeNumber } from './bounds.js'
import { Chunk } from './chunk.js'
import { ConflatedEvents } from './conflated-events.js'
import { type LaneCounters, noCounts } from './lane-counters.js'
import { LaneQueue } from './lane-queue.js'
import { MAX_PARTITIONS } from './partition.js'

export interface EventQueueOptions {
  /** Events queued at most, 1 to 16,777,216. */
  readonly capacity: number
  /** Room above `capacity` for reserved events (signals) alone, 0 to 16,777,216. */
  readonly signalHeadroom: number
  /** Units of order, 1 to 65,536. */
  readonly partitions: number
  /** A leasable lane that more urgent lanes were preferred to this many times in a row comes next; 1 to 1,000,000. */
  readonly ageingChunks: number
}

const LANE_COUNT = LANES.length
const MOST_EVENTS = 16_777_216

/** A lease turns away about this many expired events at most, to bound its own time: the next goes on. */
const MOST_EXPIRED = 4_096

/**
 * The bounded queue of accepted events: a lane for each priority, most urgent first, and in each
 * lane one cell for each partition. Within a cell events are leased in the order they were enqueued
 * and never while an earlier chunk of the cell is held; cells do not wait for each other.
 *
 * The life of a chunk: `lease`, then `hold` if it did not settle at once, then `release` in either
 * case. It sets no timer, makes no promise and never looks into an event.
 */
export class EventQueue {
  readonly capacity: number
  readonly signalHeadroom: number
  readonly partitions: number
  readonly ageingChunks: number
  /** By lane. */
  readonly counters: readonly Readonly<LaneCounters>[]
  readonly conflated: ConflatedEvents
  /** The deepest it has been. */
  peakDepth = 0
  readonly #lanes: readonly LaneQueue[]
  readonly #urgent: LaneQueue
  readonly #counters: readonly LaneCounters[]
  /** By lane: how often in a row a more urgent lane was preferred to it. */
  readonly #passedOver = new Int32Array(LANE_COUNT)
  /** Partitions of the open chunk's events, in their order. */
  #partitionsOfOpen = new Int32Array(256)
  #open: Chunk | undefined
  #chunks = 0
  #depth = 0
  #inFlight = 0
  /** Places taken by events that are still to come. */
  #reserved = 0

  /** Throws OUTCRY_OPTION_INVALID for a number out of range. */
  constructor(options: EventQueueOptions) {
    this.capacity = wholeNumber('queue.capacity', options.capacity, 1, MOST_EVENTS)
    this.signalHeadroom = wholeNumber('queue.signalHeadroom', options.signalHeadroom, 0, MOST_EVENTS)
    this.partitions = wholeNumber('queue.partitions', options.partitions, 1, MAX_PARTITIONS)
    this.ageingChunks = wholeNumber('queue.ageingChunks', options.ageingChunks, 1, 1_000_000)
    this.#lanes = LANES.map(() => new LaneQueue(this.partitions))
    this.#urgent = this.#lane(0)
    this.#counters = LANES.map(() => noCounts())
    this.counters = this.#counters
    this.conflated = new ConflatedEvents(this.#lanes, this.#counters)
  }

  /** Events queued, those of held cells among them, and places reserved; not those in leased chunks, nor deferred ones. */
  get depth(): number {
    return this.#depth
  }

  /** Places taken, of those that the capacity is: the depth, and events that wait for the end of their window. */
  get size(): number {
    return this.#depth + this.conflated.deferred
  }

  /** Events in chunks that are leased and not released. */
  get inFlight(): number {
    return this.#inFlight
  }

  depthOf(lane: number): number {
    return this.#lane(lane).depth
  }

  /** Events queued in the most urgent lane. */
  get urgentDepth(): number {
    return this.#urgent.depth
  }

  /** Whether `lease` would return a chunk. */
  get leasable(): boolean {
    for (const lane of this.#lanes) if (lane.leasable()) return true
    return false
  }

  leasableIn(lane: number): boolean {
    return this.#lane(lane).leasable()
  }

  /** Whether there is room for one more. */
  hasRoom(reserved = false): boolean {
    return this.size < (reserved ? this.capacity + this.signalHeadroom : this.capacity)
  }

  /**
   * Puts an event at the end of its cell; false, and counted, if there is no room.
   *
   * @param lane 0 critical, 1 high, 2 normal, 3 low
   * @param partition 0 to `partitions - 1`
   * @param reserved a signal, which may use the headroom
   */
  enqueue(event: OutcryEvent, lane: number, partition: number, reserved = false): boolean {
    const counters = this.#counters[lane]
    if (counters === undefined) throw noSuchLane(lane)
    if (partition >>> 0 >= this.partitions) throw noSuchPartition(partition, this.partitions)
    if (!this.hasRoom(reserved)) {
      counters.refused += 1
      if (reserved) counters.refusedReserved += 1
      return false
    }
    this.place(event, lane, partition)
    return true
  }

  /** Chunks are numbered on from here. */
  resume(chunks: number): void {
    this.#chunks = chunks
  }

  /** Takes a place for an event that comes later, by `place`; whoever asks has looked for room. */
  reserve(): void {
    this.#reserved += 1
    this.#depth += 1
    if (this.#depth > this.peakDepth) this.peakDepth = this.#depth
  }

  /** Gives a place back. */
  unreserve(): void {
    this.#reserved -= 1
    this.#depth -= 1
  }

  /** Puts an event at the end of its cell, whatever the bounds: its place was reserved, or it had one before. */
  place(event: OutcryEvent, lane: number, partition: number): void {
    const counters = this.#counters[lane]
    const queue = this.#lanes[lane]
    if (counters === undefined || queue === undefined) throw noSuchLane(lane)
    queue.push(event, partition)
    counters.enqueued += 1
    this.#depth += 1
    if (this.#depth > this.peakDepth) this.peakDepth = this.#depth
  }

  /**
   * Events of conflated types enter their cells, as the last, whose windows of that length end by then.
   *
   * @param until when the next window ends; UTC epoch milliseconds
   */
  enterDeferred(windowMs: number, byEpochMs: number, until: number): void {
    this.#depth += this.conflated.enter(windowMs, byEpochMs, until)
    if (this.#depth > this.peakDepth) this.peakDepth = this.#depth
  }

  /**
   * The next chunk: up to `maxEvents` events of one lane, in the order they were enqueued, skipping
   * held cells. Undefined if nothing can be leased. An earlier chunk that is neither held nor
   * released by now is held first, so that no caller can break the order of a cell.
   *
   * @param expired Asked once of each event on its way out. One that it says true of is out of the
   *   queue and takes no place in a chunk. Undefined where no event can expire.
   */
  lease(maxEvents: number, expired?: (event: OutcryEvent) => boolean): Chunk | undefined {
    if (this.#open !== undefined) this.hold(this.#open)
    if (maxEvents < 1) return undefined
    if (this.#partitionsOfOpen.length < maxEvents) this.#partitionsOfOpen = new Int32Array(maxEvents)
    let events: OutcryEvent[] = []
    for (let left = MOST_EXPIRED; events.length === 0 && left > 0; ) {
      const lane = this.#choose()
      if (lane === -1) return undefined
      const before = this.#depth
      events = this.#lane(lane).take(maxEvents, events, this.#partitionsOfOpen)
      this.#depth -= events.length
      if (expired !== undefined) events = this.#turnAway(expired, lane, maxEvents, events, left)
      if (this.#depth === before) return undefined
      left -= before - this.#depth - events.length
      if (events.length > 0) return this.#chunkOf(lane, events)
    }
    return undefined
  }

  /** Takes the expired out of a chunk to be and fills their places, until none is left to do so. */
  #turnAway(
    expired: (event: OutcryEvent) => boolean,
    lane: number,
    maxEvents: number,
    taken: OutcryEvent[],
    most: number,
  ): OutcryEvent[] {
    const queue = this.#lane(lane)
    const partitions = this.#partitionsOfOpen
    let events = taken
    let kept = 0
    let gone = 0
    for (;;) {
      const from = kept
      for (let i = from; i < events.length; i += 1) {
        const event = events[i] as OutcryEvent
        if (expired(event)) continue
        partitions[kept] = partitions[i] ?? 0
        events[kept] = event
        kept += 1
      }
      gone += events.length - kept
      if (events.length === kept) break
      events.length = kept
      if (gone >= most || !queue.leasable()) break
      events = queue.take(maxEvents, events, partitions)
      this.#depth -= events.length - kept
    }
    const counters = this.#counters[lane]
    if (counters !== undefined) counters.expired += gone
    return events
  }

  #chunkOf(lane: number, events: OutcryEvent[]): Chunk {
    const counters = this.#counters[lane]
    if (counters !== undefined) counters.leased += events.length
    this.#inFlight += events.length
    this.#chunks += 1
    const chunk = new Chunk(this.#chunks, lane, events)
    this.#open = chunk
    return chunk
  }

  /** Keeps the chunk's cells from being leased until it is released. Only the chunk leased last can be open. */
  hold(chunk: Chunk): void {
    if (chunk.state !== 'open' || chunk !== this.#open) return
    const lane = this.#lane(chunk.lane)
    const held: number[] = []
    for (let i = 0; i < chunk.events.length; i += 1) {
      const partition = this.#partitionsOfOpen[i] ?? 0
      if (lane.hold(partition)) held.push(partition)
    }
    chunk.partitions = held
    chunk.state = 'held'
    this.#open = undefined
  }

  /** Ends the lease. False, and nothing happens, if it has ended already. */
  release(chunk: Chunk): boolean {
    if (chunk.state === 'released') return false
    if (chunk === this.#open) this.#open = undefined
    if (chunk.state === 'held') {
      const lane = this.#lane(chunk.lane)
      for (const partition of chunk.partitions) lane.free(partition)
      chunk.partitions = []
    }
    chunk.state = 'released'
    this.#inFlight -= chunk.events.length
    return true
  }

  /** Takes out the oldest event of the least urgent lane that is strictly less urgent than `lane`. */
  evictOldest(lane: number): OutcryEvent | undefined {
    for (let below = LANE_COUNT - 1; below > lane; below -= 1) {
      const event = this.evictOldestIn(below)
      if (event !== undefined) return event
    }
    return undefined
  }

  /** Takes out the oldest event of the lane, whether its cell is held or not; those of windows last. */
  evictOldestIn(lane: number): OutcryEvent | undefined {
    const queued = this.#lane(lane).evictOldest()
    const event = queued ?? this.conflated.takeOldest(lane)
    if (event === undefined) return undefined
    if (queued !== undefined) this.#depth -= 1
    const counters = this.#counters[lane]
    if (counters !== undefined) counters.evicted += 1
    return event
  }

  /** Empties the queue for a stop without drain: everything queued, counted abandoned, in order of sequence. */
  takeAll(): OutcryEvent[] {
    const events: OutcryEvent[] = []
    for (let lane = 0; lane < LANE_COUNT; lane += 1) {
      const counters = this.#counters[lane]
      for (;;) {
        const event = this.#lane(lane).evictOldest() ?? this.conflated.takeOldest(lane)
        if (event === undefined) break
        events.push(event)
        if (counters !== undefined) counters.abandoned += 1
      }
    }
    this.#depth = this.#reserved
    this.#passedOver.fill(0)
    return events.sort((a, b) => a.sequence - b.sequence)
  }

  /** Every event that is queued, in no order: for what is asked once in a long while. */
  forEach(visit: (event: OutcryEvent) => void): void {
    for (const lane of this.#lanes) lane.forEach(visit)
    this.conflated.forEach(visit)
  }

  /** Slots allocated in all lanes, for a test that memory is given back. */
  get slots(): number {
    let slots = 0
    for (const lane of this.#lanes) slots += lane.slots
    return slots
  }

  /**
   * The most urgent leasable lane, unless a less urgent one has been passed over too often: then the
   * one passed over most. Several may come of age at once, so one waits for at most `ageingChunks`
   * chunks of more urgent lanes and one of each other lane.
   */
  #choose(): number {
    const passedOver = this.#passedOver
    let urgent = -1
    let aged = -1
    let age = this.ageingChunks - 1
    for (let lane = 0; lane < LANE_COUNT; lane += 1) {
      const queue = this.#lanes[lane]
      if (queue === undefined) continue
      // An empty lane waits for nothing; a lane whose cells are all held waits for itself.
      if (queue.depth === 0) passedOver[lane] = 0
      else if (queue.leasable()) {
        if (urgent === -1) urgent = lane
        else if ((passedOver[lane] ?? 0) > age) {
          aged = lane
          age = passedOver[lane] ?? 0
        }
      }
    }
    const chosen = aged === -1 ? urgent : aged
    if (chosen === -1) return -1
    passedOver[chosen] = 0
    for (let lane = chosen + 1; lane < LANE_COUNT; lane += 1) {
      if (this.#lanes[lane]?.leasable() === true) passedOver[lane] = (passedOver[lane] ?? 0) + 1
    }
    return chosen
  }

  #lane(lane: number): LaneQueue {
    const queue = this.#lanes[lane]
    if (queue === undefined) throw noSuchLane(lane)
    return queue
  }
}

const noSuchLane = (lane: number): RangeError => new RangeError(`There is no lane ${lane}: lanes are 0 to 3.`)

const noSuchPartition = (partition: number, partitions: number): RangeError =>
  new RangeError(`There is no partition ${partition}: partitions are 0 to ${partitions - 1}.`)
