import type { OutcryEvent } from '../events/event.js'

const NO_CELLS: readonly number[] = []

/**
 * Some events of one lane, in the order of the queue, leased to one worker. `events` is never used
 * again by the queue: a handler may keep it.
 */
export class Chunk {
  /** Counts from 1 up. */
  readonly id: number
  /** 0 critical, 1 high, 2 normal, 3 low. */
  readonly lane: number
  readonly events: OutcryEvent[]
  /** Partitions whose cell of this lane is held for it. Empty until it is held, and after it is released. */
  partitions: readonly number[] = NO_CELLS
  /** Set by the queue: a chunk is open when leased, may become held, and ends released. */
  state: 'open' | 'held' | 'released' = 'open'

  constructor(id: number, lane: number, events: OutcryEvent[]) {
    this.id = id
    this.lane = lane
    this.events = events
  }
}
