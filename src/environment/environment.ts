/** A pending timer, as its environment knows it. */
export interface Timer {
  /** When it fires, in milliseconds of the clock it was set on. */
  readonly deadline: number
}

/** A watch on how late the event loop runs its timers. */
export interface LoopDelay {
  /** Milliseconds, on average over the time since the last read; 0 where nothing was sampled. */
  read(): number
  close(): void
}

/** The heap of JavaScript objects. */
export interface Memory {
  readonly usedBytes: number
  readonly limitBytes: number
}

/**
 * All of time, chance and identity. Nothing outside this folder asks the operating system for any
 * of them, so that the same code runs live, over recorded data and in a seeded simulation.
 *
 * There are two clocks. The run's clock (`now`, `setTimeout`) is the market's: the wall clock when
 * live, the events' own time in a run over files. The machine's clock (`monotonic`, `watch`) is
 * that of real work: it bounds how long a promise may take. In a simulation both are virtual.
 */
export interface Environment {
  readonly kind: 'system' | 'data' | 'virtual'
  /** UTC epoch milliseconds of the run's clock; may carry a fraction. */
  now(): number
  /** Milliseconds of the machine's clock, from an arbitrary start; never goes back. */
  monotonic(): number
  /**
   * Calls back once the run's clock has passed `delayMs`. An `exact` timer splits a chunk of
   * recorded data so that it fires at its own deadline; any other fires between two chunks.
   */
  setTimeout(callback: () => void, delayMs: number, options?: { readonly exact?: boolean }): Timer
  clearTimeout(timer: Timer | undefined): void
  /** A timer on the machine's clock. */
  watch(callback: () => void, delayMs: number): Timer
  unwatch(timer: Timer | undefined): void
  /** A number in [0, 1) from the named stream; one stream's draws never shift another's. */
  random(stream: string): number
  /** A new UUIDv7. */
  id(): string
  /** Calls back after pending I/O has had its turn. */
  yield(callback: () => void): void
  /**
   * Calls back once what runs now has come to its end with all that it has promised, and before anything else of the
   * event loop. Absent where time does not pass by itself.
   */
  afterTask?(callback: () => void): void
  /** How many timers, watches, yields and loop delays are pending or open: what a leak test counts. */
  pending(): number
  /** Begins to watch the event loop; absent where time is virtual or the data's, and then it is never late. */
  eventLoopDelay?(): LoopDelay
  /** Absent where a run must not depend on the memory of its machine. */
  memory?(): Memory
}

/** A run over recorded data: its clock stands still until the data moves it. */
export interface DataEnvironment extends Environment {
  readonly kind: 'data'
  /** The deadline of the earliest pending `exact` timer, or Infinity. */
  nextExact(): number
  /**
   * The data begins at that time: what was set before is counted from there. Only the first call of it or of
   * `advanceTo` does anything, and none where the host had set the clock. Without it the years from where the clock
   * stands to the first record go by like any others, timer by timer.
   */
  begin?(epochMs: number): void
  /**
   * Moves the clock forward to `epochMs`, firing every timer due on the way in order of deadline,
   * then of setting, with the clock showing the timer's own deadline. A time in the past moves nothing.
   */
  advanceTo(epochMs: number): void
}
