import type { Environment } from '../environment/environment.js'

/**
 * Whose time a breaker follows. `machine` suits what guards real work; `run` suits what must repeat
 * with the data, such as a strategy in a run over recordings.
 */
export type BreakerClockKind = 'machine' | 'run'

export interface BreakerClock {
  /** Milliseconds. */
  now(): number
  /** Calls back after `delayMs`; returns what disarms it. */
  arm(callback: () => void, delayMs: number): () => void
}

export function breakerClock(environment: Environment, kind: BreakerClockKind): BreakerClock {
  if (kind === 'run') {
    return {
      now: () => environment.now(),
      arm: (callback, delayMs) => {
        const timer = environment.setTimeout(callback, delayMs)
        return () => environment.clearTimeout(timer)
      },
    }
  }
  return {
    now: () => environment.monotonic(),
    arm: (callback, delayMs) => {
      const timer = environment.watch(callback, delayMs)
      return () => environment.unwatch(timer)
    },
  }
}

/** What is left of a wait: never negative and never more than all of it, whatever the clock has done. */
export const remainingMs = (until: number, now: number, waitMs: number): number =>
  Math.min(Math.max(0, until - now), waitMs)
