import type { BreakerStand } from './facts.js'

/** Counts since the breaker was made. */
export interface BreakerCounts {
  /** Permits given, probes among them. */
  permitted: number
  rejected: number
  probes: number
  /** Calls reported in time. */
  ok: number
  failed: number
  slow: number
  /** Permits reported with nothing in them: every error ignored. */
  undecided: number
  /** Reports of an earlier generation, and second reports of a probe. */
  stale: number
  /** Probes not reported when the wait for them ended. */
  lost: number
  opened: number
  /** Predicates and listeners that threw. */
  faults: number
}

export const newBreakerCounts = (): BreakerCounts => ({
  permitted: 0,
  rejected: 0,
  probes: 0,
  ok: 0,
  failed: 0,
  slow: 0,
  undecided: 0,
  stale: 0,
  lost: 0,
  opened: 0,
  faults: 0,
})

/** One reading of a breaker, for a read model. */
export interface BreakerReading extends BreakerStand {
  readonly name: string
  readonly generation: number
  /** When to ask again, in milliseconds; undefined where only a person can tell. */
  readonly retryAfterMs: number | undefined
  /** Calls in the window. */
  readonly calls: number
  /** Shares of the window, 0 where it is empty. */
  readonly failureRate: number
  readonly slowCallRate: number
  readonly counts: Readonly<BreakerCounts>
}
