import { type BreakerOptions, breakerOptions } from '../src/breaker/policy.js'

/** Quick to open and quick to try again: nothing else is lost meanwhile. */
const DEFAULTS: BreakerOptions = {
  window: { kind: 'count', size: 10 },
  minimumCalls: 3,
  failureRate: 0.3,
  slowCallMs: 2_000,
  openTime: { initialMs: 250, factor: 2, maxMs: 5_000 },
  halfOpen: { permits: 1 },
}

/** Options of the journal's circuit breaker on top of its own defaults. */
export const journalBreaker = (own: BreakerOptions | undefined): BreakerOptions => breakerOptions(own, DEFAULTS)
