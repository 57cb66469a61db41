import { match } from 'ts-pattern'
import { type BreakerHandle, isRejection, type Permit } from '../../breaker/handle.js'
import type { Environment } from '../../environment/environment.js'
import type { Answer } from './client.js'

/** The breaker gave no leave: nothing was asked. */
export interface Rejected {
  readonly status: 'rejected'
  readonly reason: string
  /** When to ask for leave again, in milliseconds; undefined where only a person can tell. */
  readonly retryAfterMs: number | undefined
}

/** Makes one request if the breaker gives leave, and tells it what came of that. */
export async function guarded(
  breaker: BreakerHandle | undefined,
  environment: Environment,
  signal: AbortSignal,
  request: () => Promise<Answer>,
): Promise<Answer | Rejected> {
  if (breaker === undefined) return request()
  const permit = breaker.acquire()
  if (isRejection(permit)) {
    const reason = `the breaker ${breaker.name} is ${permit.state}`
    return { status: 'rejected', reason, retryAfterMs: permit.retryAfterMs }
  }
  const beganAt = environment.monotonic()
  const answer = await request()
  // What was broken off by a stop says nothing of whom it was asked of.
  if (signal.aborted) breaker.report(permit, { ok: 0, failed: 0, slow: 0 })
  else report(breaker, permit, answer, environment.monotonic() - beganAt)
  return answer
}

function report(breaker: BreakerHandle, permit: Permit, answer: Answer, tookMs: number): void {
  const slow = tookMs > breaker.slowCallMs ? 1 : 0
  const outcome = match(answer.status === 'failed' ? breaker.classify(answer.error) : 'ok')
    .with('ok', () => ({ ok: 1, failed: 0, slow }))
    .with('failed', () => ({ ok: 0, failed: 1, slow }))
    .with('ignored', () => ({ ok: 0, failed: 0, slow: 0 }))
    .exhaustive()
  breaker.report(permit, outcome)
}
