import { type ActorRefFrom, fromCallback } from 'xstate'
import { breakerMachine } from '../machines/breaker.js'
import type { BreakerPhase, BreakerPort } from '../src/breaker/facts.js'

/**
 * The actor of a circuit breaker. Its input is the data plane that it decides for, which is also
 * what callers hold; it works alone or as a child, under whatever clock its root was given.
 *
 * @example
 * ```ts
 * const breaker = new CircuitBreaker({ name: 'broker', environment, options: { failureRate: 0.2 } })
 * const actor = createActor(breakerLogic, { input: breaker }).start()
 * const permit = breaker.acquire()
 * if (isRejection(permit)) throw permit.toError()
 * breaker.report(permit, { ok: 255, failed: 1, slow: 0 })
 * ```
 */
export const breakerLogic = breakerMachine.provide({
  actors: {
    link: fromCallback(({ input, sendBack }: { input: BreakerPort; sendBack: Parameters<BreakerPort['attach']>[0] }) =>
      input.attach(sendBack),
    ),
    timer: fromCallback(({ input }: { input: { readonly breaker: BreakerPort; readonly phase: BreakerPhase } }) =>
      input.breaker.arm(input.phase),
    ),
  },
  actions: {
    unexpected: ({ context, event, self }) => context.breaker.unanswered(self.id, event.type),
    announce: ({ context }, { state }) => {
      const { breaker, openings, until, waitMs, cause, at } = context
      breaker.moved({ state, openings, until, waitMs, cause, at })
    },
  },
})

export type BreakerActor = ActorRefFrom<typeof breakerLogic>
