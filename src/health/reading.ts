/** Names that a reading keeps of those in trouble; the rest is only counted. */
const MAX_NAMES = 5

/** How many of a population are in trouble, and the first few of them by name. */
export interface Trouble {
  readonly total: number
  readonly count: number
  readonly names: readonly string[]
}

/** Everything that one look at an engine reads. Counts run from the start; nothing here is kept per event. */
export interface HealthReading {
  /** On the run's clock, UTC epoch milliseconds. */
  readonly at: number
  /** On the machine's clock, milliseconds. */
  readonly machineMs: number
  /** Deliveries do not go out, and are not meant to: paused, halted or not running yet. */
  readonly held: boolean
  readonly queue: {
    readonly depth: number
    /** Places taken of the capacity: the depth, and what waits for the end of its window. */
    readonly size: number
    readonly capacity: number
    /** Above the high-water mark, and not below half of it since. */
    readonly throttled: boolean
    /** How often the high-water mark has been crossed. */
    readonly crossings: number
  }
  /** Events accepted, those that strategies published among them. */
  readonly accepted: number
  /** Of those, the ones that are neither queued nor in flight any more. */
  readonly ended: number
  /** Deliveries that came to an end by their handler. */
  readonly delivered: number
  /** Of those, the ones that failed. */
  readonly failed: number
  /** How late the event loop ran its timers since the last look. Milliseconds; 0 where time is virtual. */
  readonly loopDelayMs: number
  /** Share of the heap's limit that is used; 0 where it is not known. */
  readonly heapShare: number
  /** The dead letters evict for want of room. */
  readonly deadLettersFull: boolean
  /** Share of the bound, by count or by bytes, that the dead letters take up. */
  readonly deadLettersShare: number
  readonly breakersOpen: Trouble
  readonly feedsFailed: Trouble
  readonly feedsEnded: Trouble
  readonly strategiesHung: Trouble
  readonly strategiesFaulted: Trouble
  readonly sinksFailing: Trouble
  /** The journal, where there is one: one of one while it cannot be written. */
  readonly journalFailing: Trouble
}

/** Counts those in trouble, and keeps the first few names. */
export class TroubleCount implements Trouble {
  total = 0
  count = 0
  readonly names: string[] = []

  add(name: string, inTrouble: boolean): void {
    this.total += 1
    if (!inTrouble) return
    this.count += 1
    if (this.names.length < MAX_NAMES) this.names.push(name)
  }
}
