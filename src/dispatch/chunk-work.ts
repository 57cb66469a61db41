import type { Chunk } from '../queue/chunk.js'
import type { Delivery } from './delivery.js'
import type { StrategyGroupHandle } from './groups.js'
import type { Split } from './split.js'

/**
 * One leased chunk on its way through the strategy groups. The lease ends when the last group has
 * stepped; the events settle with the last delivery, which may be a laggard's and come much later.
 */
export class ChunkWork {
  /** Index of the group that steps next. */
  cursor = 0
  /** True until the last group has stepped. */
  stepping = true
  /** How many of its events strategies published. */
  derived = 0
  /** Deliveries not yet done. */
  outstanding = 0
  /** Its cells are held: it could not be handled at once. */
  held = false
  /** Set once a stop gave the chunk up: what answers later is dropped. */
  abandoned = false
  /** One settled event that goes to one strategy again: it is no event more. */
  redelivery = false
  readonly deliveries: Delivery[] = []

  constructor(
    readonly chunk: Chunk,
    readonly groups: readonly StrategyGroupHandle[],
    /** Who gets which of the chunk's events. */
    readonly split: Split,
    /** When the lease began, on the run's clock, epoch ms. */
    readonly clock: number,
    /** When the lease began, on the machine's clock, in milliseconds. */
    readonly startedAt: number,
    /** Told when the last group of a chunk that could not be handled at once has stepped. */
    readonly onStepped: (work: ChunkWork) => void,
  ) {}
}

/** One group's turn with one chunk. */
export class GroupStep {
  /** Deliveries that the group still waits for. */
  pending = 0
  /** It could not end at once. */
  waited = false
  /** The group's actor was told that it has to wait. */
  announced = false
  readonly deliveries: Delivery[] = []

  constructor(
    readonly work: ChunkWork,
    readonly group: StrategyGroupHandle,
  ) {}
}
