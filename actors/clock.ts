import type { Environment, Timer } from '../src/environment/environment.js'

/** What XState takes as an actor system's `clock`. */
export interface XStateClock {
  setTimeout(callback: () => void, delayMs: number): Timer
  clearTimeout(timer: Timer | undefined): void
}

/**
 * The run's clock for `createActor(…, { clock })`: `after` and delayed events fire with the events'
 * own time over recorded data, and with the wall clock when live.
 */
export const xstateClock = (environment: Environment): XStateClock => ({
  setTimeout: (callback, delayMs) => environment.setTimeout(callback, delayMs),
  clearTimeout: (timer) => environment.clearTimeout(timer),
})

/** The machine's clock, for an actor system whose delays bound real work, such as a stop's timeout. */
export const xstateMachineClock = (environment: Environment): XStateClock => ({
  setTimeout: (callback, delayMs) => environment.watch(callback, delayMs),
  clearTimeout: (timer) => environment.unwatch(timer),
})
