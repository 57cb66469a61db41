import type { Environment } from '../environment/environment.js'
import type { CircuitBreaker } from './circuit-breaker.js'
import { isRejection } from './handle.js'

/**
 * Makes one call through a breaker, for a dependency that is asked and answers: a journal, a
 * database, a sink. Its time is measured on the machine's clock. It sets no timeout of its own:
 * a call that hangs holds nobody else, and a hung probe is given up by the breaker.
 *
 * @throws {OutcryError} OUTCRY_BREAKER_OPEN when the breaker refuses, with the time to wait.
 * @throws whatever `work` throws, as it is.
 */
export async function callThrough<T>(
  breaker: CircuitBreaker,
  environment: Environment,
  work: () => T | Promise<T>,
): Promise<T> {
  const permit = breaker.acquire()
  if (isRejection(permit)) throw permit.toError()
  const started = environment.monotonic()
  const slow = (): number => (environment.monotonic() - started > breaker.policy.slowCallMs ? 1 : 0)
  try {
    const answer = await work()
    breaker.report(permit, { ok: 1, failed: 0, slow: slow() })
    return answer
  } catch (error) {
    const meaning = breaker.classify(error)
    if (meaning === 'ignored') breaker.report(permit, { ok: 0, failed: 0, slow: 0 })
    else if (meaning === 'ok') breaker.report(permit, { ok: 1, failed: 0, slow: slow() })
    else breaker.report(permit, { ok: 0, failed: 1, slow: slow() })
    throw error
  }
}
