import type { Plane, Runtime } from './subject.js'

/** A breaker that by its policy may take longer than this to close is not waited for. Milliseconds. */
export const CLOSING_AT_MOST_MS = 600_000

/** How long a healed breaker may take to close: twice, as what was in flight at the healing may open it again. Milliseconds. */
export function closingMs(plane: Plane, name: string): number {
  const policy = plane.stage.breaker(name)?.policy
  return policy === undefined ? 0 : 2 * (policy.openTime.maxMs + policy.halfOpen.maxWaitMs)
}

/** Events that a strategy was offered so far, whatever came of them. */
export const offered = (runtime: Runtime | undefined): number =>
  runtime === undefined ? 0 : runtime.counts.delivered + runtime.counts.failed + runtime.counts.skipped
