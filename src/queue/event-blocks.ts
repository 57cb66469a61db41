import type { OutcryEvent } from '../events/event.js'

const BLOCK_BITS = 8
/** Events of one block. */
const BLOCK = 2 ** BLOCK_BITS
const WITHIN = BLOCK - 1

/** It never shrinks below this many slots: a normal turn's high-water mark fits, so nothing is copied in a steady run. */
const RETAINED = 4_096

type Block = (OutcryEvent | undefined)[]

/** Copied, and pushed one by one, as an array that was made with its length counts as one with holes, as do its copies. */
const EMPTY: Block = []
while (EMPTY.length < BLOCK) EMPTY.push(undefined)
/** Stands where no block is; nothing must ever be written to it. */
const NONE: Block = []
Object.freeze(NONE)

/**
 * A first-in-first-out queue of events, each with one integer of the owner's beside it, in blocks of 256 that last as
 * long as their events do. An event that is written into an old array has to be noted down for the collector; a block
 * is as young as what is in it, and is given away as a whole where it is taken as a whole.
 *
 * The table of blocks doubles when it is full and halves when it is an eighth full, so that a burst's memory is given
 * back. Positions are absolute, 32 bits wide and wrap around: `head` is that of the oldest entry, and `head + count`
 * that of the next to come. Compare two by the sign of their difference.
 */
export class EventBlocks {
  head: number
  count = 0
  #mask = BLOCK - 1
  /** By block of positions; `NONE` outside `head..head + count`. */
  #blocks: Block[]
  /** The block that the next event goes into, unless it is the first of a new one. */
  #last: Block = NONE
  #tags = new Int32Array(BLOCK)

  constructor(head = 0) {
    this.head = head | 0
    this.#blocks = noBlocks(BLOCK)
    if ((this.head & WITHIN) !== 0) this.#begin(this.head)
  }

  push(event: OutcryEvent, tag: number): void {
    const position = (this.head + this.count) | 0
    const slot = position & WITHIN
    if (slot === 0) this.#begin(position)
    this.#last[slot] = event
    this.#tags[position & this.#mask] = tag
    this.count += 1
  }

  /** Slots allocated. */
  get size(): number {
    return this.#mask + 1
  }

  /** The event at a position; undefined if there is none. */
  at(position: number): OutcryEvent | undefined {
    return this.#holds(position) ? this.#block(position)[position & WITHIN] : undefined
  }

  /** Puts an event in the place of the one at a position. */
  replace(position: number, event: OutcryEvent): void {
    if (this.#holds(position)) this.#block(position)[position & WITHIN] = event
  }

  /** The oldest entry's tag; meaningless if there is none. */
  headTag(): number {
    return this.#tags[this.head & this.#mask] ?? 0
  }

  /** Takes the oldest event out. Undefined if there is none. */
  shift(): OutcryEvent | undefined {
    if (this.count === 0) return undefined
    const slot = this.head & WITHIN
    const block = this.#block(this.head)
    const event = block[slot]
    block[slot] = undefined
    if (slot === WITHIN) this.#end(this.head)
    this.head = (this.head + 1) | 0
    this.count -= 1
    return event
  }

  /** Takes the oldest events out, at most so many, and writes their tags. */
  take(most: number, tags: Int32Array): OutcryEvent[] {
    const taken = Math.min(most, this.count)
    for (let at = 0; at < taken; at += 1) tags[at] = this.#tags[(this.head + at) & this.#mask] ?? 0
    const events = this.#takeOfBlock(taken)
    // In one piece from each block, as an array that grows is copied a dozen times.
    while (events.length < taken) events.push(...this.#takeOfBlock(taken - events.length))
    return events as OutcryEvent[]
  }

  /** Every event, from the oldest on. */
  forEach(visit: (event: OutcryEvent) => void): void {
    for (let index = 0; index < this.count; index += 1) {
      const event = this.at((this.head + index) | 0)
      if (event !== undefined) visit(event)
    }
  }

  /** Gives memory back after a burst. Called once a lease and not once an event. */
  trim(): void {
    let size = this.size
    while (size > RETAINED && this.count <= size >> 3) size >>= 1
    if (size < this.size) this.#resize(size)
  }

  /** The oldest events, at most so many and all of one block, whose slots are empty then. */
  #takeOfBlock(most: number): Block {
    const slot = this.head & WITHIN
    const end = Math.min(slot + most, BLOCK)
    const block = this.#block(this.head)
    const whole = slot === 0 && end === BLOCK
    const events = whole ? block : block.slice(slot, end)
    if (end === BLOCK) this.#end(this.head)
    else block.fill(undefined, slot, end)
    this.head = (this.head + end - slot) | 0
    this.count -= end - slot
    return events
  }

  #begin(position: number): void {
    // With the rest of the oldest block's places, which the newest must not come around to.
    if (this.count + (this.head & WITHIN) > this.#mask) this.#resize(this.size * 2)
    this.#last = EMPTY.slice()
    this.#blocks[(position & this.#mask) >>> BLOCK_BITS] = this.#last
  }

  /** The block of the position is used up. */
  #end(position: number): void {
    const index = (position & this.#mask) >>> BLOCK_BITS
    if (this.#blocks[index] === this.#last) this.#last = NONE
    this.#blocks[index] = NONE
  }

  #holds(position: number): boolean {
    return (position - this.head) >>> 0 < this.count
  }

  #block(position: number): Block {
    return this.#blocks[(position & this.#mask) >>> BLOCK_BITS] ?? NONE
  }

  #resize(size: number): void {
    const blocks = noBlocks(size)
    const tags = new Int32Array(size)
    const mask = size - 1
    // From the beginning of the oldest block on, so that the last one is met however few of its events are left.
    for (let at = -(this.head & WITHIN); at < this.count; at += BLOCK) {
      const position = (this.head + at) | 0
      blocks[(position & mask) >>> BLOCK_BITS] = this.#block(position)
    }
    for (let at = 0; at < this.count; at += 1) {
      const position = (this.head + at) | 0
      tags[position & mask] = this.#tags[position & this.#mask] ?? 0
    }
    this.#blocks = blocks
    this.#tags = tags
    this.#mask = mask
  }
}

const noBlocks = (slots: number): Block[] => Array.from({ length: slots >>> BLOCK_BITS }, () => NONE)
