import { type AnyEventObject, assign, sendTo } from 'xstate'

/** Whom to tell, and what. */
export interface Told {
  readonly to: string
  readonly event: AnyEventObject
}

/**
 * What `enqueueActions` changes and whom it tells, made once at load. `enqueue.assign` and
 * `enqueue.sendTo` make a new built-in action at every transition, which XState warns of wherever the
 * transition was set off from within another actor's effect, as most of those of the data plane are.
 */
export const imperative = {
  change: ofAnyMachine<object>(assign((_, patch: object) => patch)),
  tell: ofAnyMachine<Told>(
    sendTo(
      (_, { to }: Told) => to,
      (_, { event }: Told) => event,
    ),
  ),
}

/** `enqueue(change<Context>({ … }))`, in a machine that has `imperative` among its actions. */
export const change = <Context extends object>(patch: Partial<Context>): never =>
  ({ type: 'change', params: patch }) as never

/** `enqueue(tell(child, { type: … }))`, in a machine that has `imperative` among its actions. */
export const tell = (to: string, event: AnyEventObject): never => ({ type: 'tell', params: { to, event } }) as never

/** A built-in action is typed for one machine's events; these know nothing of them. */
function ofAnyMachine<Params>(action: unknown): (args: unknown, params: Params) => void {
  return action as (args: unknown, params: Params) => void
}
