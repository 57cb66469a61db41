import type { Trial } from '../harness/trial.js'
import type { Book } from '../load/book.js'
import type { Workload } from '../load/workload.js'

/**
 * How events go in and how handlers answer. `single`: one publish an event; `batched`: an array at a time;
 * `async`: as `single`, but each handler awaits a promise, per chunk where the contender has chunks.
 */
export const MODES = ['single', 'batched', 'async'] as const
export type Mode = (typeof MODES)[number]

/** Events handed over at a time where a contender takes several. */
export const BATCH = 256

/** A producer waits when this many events are queued, where a contender can tell. */
export const HIGH_WATER = 2_048

/** A contender, set up and ready. */
export interface Run {
  /** Ten of them, filled by the run. */
  readonly books: readonly Book[]
  /** Publishes every event and resolves when the last handler is done: the part that is timed. */
  play(workload: Workload): Promise<void>
  close?(): Promise<void> | void
}

export interface Contender {
  readonly name: string
  /** What it is, in a few words. */
  readonly title: string
  /** Share of the events that it is given; a slow one needs fewer for a steady rate. */
  readonly share: number
  readonly modes: readonly Mode[]
  /** What the engine gives its user and this one does not. */
  readonly lacks: readonly string[]
  prepare(mode: Mode): Promise<Run> | Run
}

/** One that runs in no process of ours and times itself. */
export interface Outsider extends Omit<Contender, 'prepare'> {
  /** Whether this machine has what it needs. */
  available(): boolean
  /** One warm-up and one timed run. Rejects if a delivery was lost, doubled or out of order. */
  measure(mode: Mode, events: number): Promise<Trial>
}
