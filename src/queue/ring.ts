import type { OutcryEvent } from '../events/event.js'

const SMALLEST = 16

/** A ring never shrinks below this many slots. */
const RETAINED = 4_096

/**
 * A first-in-first-out ring of events, each with one integer of the owner's beside it. It doubles
 * when it is full and halves when it is an eighth full, so that each event pays for at most a
 * constant share of the copying, and a burst's memory is given back.
 *
 * Positions are absolute, 32 bits wide and wrap around: `head` is that of the oldest entry, and
 * `head + count` that of the next to come. Compare two by the sign of their difference.
 */
export class EventRing {
  head = 0
  count = 0
  mask: number
  /** Slots outside `head..head + count` hold undefined, so that the ring retains no event it has given away. */
  slots: (OutcryEvent | undefined)[]
  tags: Int32Array

  constructor(head = 0) {
    this.head = head | 0
    this.mask = SMALLEST - 1
    this.slots = emptySlots(SMALLEST)
    this.tags = new Int32Array(SMALLEST)
  }

  push(event: OutcryEvent, tag: number): void {
    if (this.count > this.mask) this.#resize((this.mask + 1) * 2)
    const slot = (this.head + this.count) & this.mask
    this.slots[slot] = event
    this.tags[slot] = tag
    this.count += 1
  }

  /** The oldest entry's tag; meaningless if there is none. */
  headTag(): number {
    return this.tags[this.head & this.mask] ?? 0
  }

  /** Takes the oldest event out. Undefined if there is none. */
  shift(): OutcryEvent | undefined {
    if (this.count === 0) return undefined
    const slot = this.head & this.mask
    const event = this.slots[slot]
    this.slots[slot] = undefined
    this.head = (this.head + 1) | 0
    this.count -= 1
    return event
  }

  /** Gives memory back after a burst. Called once a lease and not once an event. */
  trim(): void {
    let size = this.mask + 1
    while (size > RETAINED && this.count <= size >> 3) size >>= 1
    if (size <= this.mask) this.#resize(size)
  }

  get size(): number {
    return this.mask + 1
  }

  #resize(size: number): void {
    const slots = emptySlots(size)
    const tags = new Int32Array(size)
    for (let i = 0; i < this.count; i += 1) {
      const from = (this.head + i) & this.mask
      const to = (this.head + i) & (size - 1)
      slots[to] = this.slots[from]
      tags[to] = this.tags[from] ?? 0
    }
    this.slots = slots
    this.tags = tags
    this.mask = size - 1
  }
}

const emptySlots = (size: number): (OutcryEvent | undefined)[] => new Array<undefined>(size).fill(undefined)
