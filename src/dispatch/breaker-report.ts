import type { BreakerHandle, ChunkResults } from '../breaker/handle.js'
import type { Delivery } from './delivery.js'
import type { StrategyRuntime } from './runtime.js'

/** Tells the breaker what it has not heard yet of a delivery that it gave leave for. */
export function reportTo(runtime: StrategyRuntime, delivery: Delivery): void {
  const { permit } = delivery
  delivery.permit = undefined
  if (permit === undefined || runtime.breaker === undefined) return
  runtime.breaker.report(permit, resultsOf(delivery, runtime.breaker))
  delivery.reported.succeeded = delivery.succeeded
  delivery.reported.failures = delivery.failures.length
  delivery.reported.slow = delivery.slow
}

/** What waits for a strategy's turn is its successor's from now on. */
export function handOver(runtime: StrategyRuntime, successor: StrategyRuntime): void {
  // A leave that was given before belongs to the old one's breaker.
  for (const delivery of runtime.inbox) reportTo(runtime, delivery)
  successor.backlog = runtime.backlog
  successor.inbox = runtime.takeParked()
}

/** What a breaker hears of a delivery: an error that it was told to ignore decides nothing. */
function resultsOf({ succeeded, failures, slow, reported }: Delivery, breaker: BreakerHandle): ChunkResults {
  let ok = succeeded - reported.succeeded
  let failed = 0
  for (let index = reported.failures; index < failures.length; index++) {
    const error = failures[index]?.error
    const verdict = breaker.classify(error)
    if (verdict === 'failed') failed += 1
    else if (verdict === 'ok') ok += 1
  }
  // A slow call whose error decides nothing is in none of the counts.
  return { ok, failed, slow: Math.min(slow - reported.slow, ok + failed) }
}
