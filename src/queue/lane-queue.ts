import type { OutcryEvent } from '../events/event.js'
import { CellHeap } from './cell-heap.js'
import { EventBlocks } from './event-blocks.js'
import { EventRing } from './ring.js'

/** A lease that already has something looks past at most this many events of held cells, to bound its own time. */
const LOOK_PAST = 1_024

/** Emptied parked rings kept for the next cell that needs one, and the most slots each may have. */
const SPARE_RINGS = 64
const SPARE_SLOTS = 256

/**
 * One lane of the queue: a row of events in order of arrival, and for each held cell (a partition
 * of this lane) the events that a lease met while the cell was held. An event is parked at most
 * once. Everything parked is older than everything in the row, so free parked events come first.
 */
export class LaneQueue {
  depth = 0
  readonly #row: EventBlocks
  readonly #held: Uint8Array
  #heldCount = 0
  /** By partition. */
  readonly #parked: (EventRing | undefined)[]
  readonly #keys: Int32Array
  /** Cells with parked events: those that are free again, and those still held. */
  readonly #ready: CellHeap
  readonly #blocked: CellHeap
  readonly #spare: EventRing[] = []

  /** @param position the first event's position; only tests of the wrap-around set it. */
  constructor(partitions: number, position = 0) {
    this.#row = new EventBlocks(position)
    this.#held = new Uint8Array(partitions)
    this.#parked = new Array<EventRing | undefined>(partitions).fill(undefined)
    this.#keys = new Int32Array(partitions)
    const places = new Int32Array(partitions)
    this.#ready = new CellHeap(this.#keys, places)
    this.#blocked = new CellHeap(this.#keys, places)
  }

  push(event: OutcryEvent, partition: number): void {
    this.#row.push(event, partition)
    this.depth += 1
  }

  /** The position of the event that was pushed last. */
  get lastPosition(): number {
    return (this.#row.head + this.#row.count - 1) | 0
  }

  /** The event of that number, if it stands at the position still, in the row or parked. */
  at(position: number, partition: number, sequence: number): OutcryEvent | undefined {
    const event = this.#isInRow(position) ? this.#row.at(position) : this.#parkedAt(position, partition)
    return event?.sequence === sequence ? event : undefined
  }

  /** Puts an event where `at` has just said that another stands. */
  replace(event: OutcryEvent, position: number, partition: number): void {
    if (this.#isInRow(position)) this.#row.replace(position, event)
    else {
      const parked = this.#parked[partition]
      if (parked !== undefined) parked.slots[slotOf(parked, position)] = event
    }
  }

  #isInRow(position: number): boolean {
    return ((position - this.#row.head) | 0) >= 0
  }

  #parkedAt(position: number, partition: number): OutcryEvent | undefined {
    const parked = this.#parked[partition]
    return parked?.slots[slotOf(parked, position)]
  }

  /** Whether `take` would return anything. Parks what stands in the way, so it is O(1) amortised and not at once. */
  leasable(): boolean {
    if (this.depth === 0) return false
    if (this.#ready.count > 0) return true
    if (this.#heldCount > 0) this.#parkBlockedHead(this.#row.count)
    return this.#row.count > 0
  }

  /**
   * Adds events of cells that are not held to what was taken before, up to `max` of them, and to `partitions`
   * where they are from. What was taken before is filled up; where that was nothing it may be a new array.
   */
  take(max: number, events: OutcryEvent[], partitions: Int32Array): OutcryEvent[] {
    const before = events.length
    if (before === 0 && this.#heldCount === 0 && this.#ready.count === 0) {
      const taken = this.#row.take(max, partitions)
      this.depth -= taken.length
      if (taken.length > 0) this.#row.trim()
      return taken
    }
    while (events.length < max && this.#ready.count > 0) {
      const cell = this.#ready.top()
      const event = this.#takeParked(cell, this.#ready)
      if (event === undefined) break
      partitions[events.length] = cell
      events.push(event)
    }
    const already = events.length
    this.#takePast(max, events, partitions)
    this.depth -= events.length - before
    if (events.length > already) this.#row.trim()
    return events
  }

  /** False if the cell is held already. */
  hold(partition: number): boolean {
    if (this.#held[partition] === 1) return false
    this.#held[partition] = 1
    this.#heldCount += 1
    if (this.#parked[partition] !== undefined) {
      this.#ready.remove(partition)
      this.#blocked.add(partition)
    }
    return true
  }

  free(partition: number): void {
    if (this.#held[partition] === 0) return
    this.#held[partition] = 0
    this.#heldCount -= 1
    if (this.#parked[partition] !== undefined) {
      this.#blocked.remove(partition)
      this.#ready.add(partition)
    }
  }

  /** Every event that is queued here, in no order. */
  forEach(visit: (event: OutcryEvent) => void): void {
    this.#row.forEach(visit)
    for (const ring of this.#parked) {
      if (ring === undefined) continue
      for (let index = 0; index < ring.count; index += 1) {
        const event = ring.slots[(ring.head + index) & ring.mask]
        if (event !== undefined) visit(event)
      }
    }
  }

  /** Takes the oldest queued event out, whether its cell is held or not. */
  evictOldest(): OutcryEvent | undefined {
    if (this.depth === 0) return undefined
    this.depth -= 1
    const cell = this.#oldestParked()
    if (cell !== -1) return this.#takeParked(cell, this.#held[cell] === 1 ? this.#blocked : this.#ready)
    const event = this.#row.shift()
    this.#row.trim()
    return event
  }

  /** Slots allocated, for a test that memory is given back. */
  get slots(): number {
    let slots = this.#row.size
    for (const ring of this.#parked) slots += ring?.size ?? 0
    for (const ring of this.#spare) slots += ring.size
    return slots
  }

  #takePast(max: number, events: OutcryEvent[], partitions: Int32Array): void {
    const row = this.#row
    let patience = LOOK_PAST
    while (events.length < max) {
      patience -= this.#parkBlockedHead(events.length === 0 ? row.count : patience)
      if (patience <= 0 && events.length > 0) break
      const partition = row.headTag()
      const event = row.shift()
      if (event === undefined) break
      partitions[events.length] = partition
      events.push(event)
    }
  }

  /** Parks events from the front of the row until one of a free cell is in front; at most `most`. How many it parked. */
  #parkBlockedHead(most: number): number {
    const row = this.#row
    let parked = 0
    while (parked < most && row.count > 0) {
      const partition = row.headTag()
      if (this.#held[partition] === 0) break
      const position = row.head
      const event = row.shift()
      if (event === undefined) break
      this.#park(event, partition, position)
      parked += 1
    }
    if (parked > 0) row.trim()
    return parked
  }

  #park(event: OutcryEvent, cell: number, position: number): void {
    let parked = this.#parked[cell]
    if (parked === undefined) {
      parked = this.#spare.pop() ?? new EventRing()
      this.#parked[cell] = parked
      this.#keys[cell] = position
      this.#blocked.add(cell)
    }
    parked.push(event, position)
  }

  #takeParked(cell: number, heap: CellHeap): OutcryEvent | undefined {
    const parked = this.#parked[cell]
    if (parked === undefined) return undefined
    const event = parked.shift()
    if (parked.count === 0) {
      heap.remove(cell)
      this.#parked[cell] = undefined
      if (this.#spare.length < SPARE_RINGS && parked.size <= SPARE_SLOTS) this.#spare.push(parked)
    } else {
      parked.trim()
      this.#keys[cell] = parked.headTag()
      heap.grown(cell)
    }
    return event
  }

  #oldestParked(): number {
    const ready = this.#ready.top()
    const blocked = this.#blocked.top()
    if (ready === -1 || blocked === -1) return ready === -1 ? blocked : ready
    return (((this.#keys[ready] ?? 0) - (this.#keys[blocked] ?? 0)) | 0) < 0 ? ready : blocked
  }
}

/** Where in a ring of parked events the one of a position is: each has its position for a tag, in ascending order. -1 if it is not there. */
const slotOf = (ring: EventRing, position: number): number => {
  let low = 0
  let high = ring.count - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const slot = (ring.head + middle) & ring.mask
    const distance = ((ring.tags[slot] ?? 0) - position) | 0
    if (distance === 0) return slot
    if (distance < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}
