import type { ActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import { tellMicrostep } from './microstep.js'
import { isWithin, nodeAt } from './state-path.js'

type Scope = ActorScope<AnyMachineSnapshot, AnyEventObject>
type Effect = (args: unknown, params: undefined) => void

/** The one transition that the state of a path has on an event, if it can be taken the short way; else throws what is in its way. */
function stayingTransition(machine: AnyStateMachine, path: readonly string[], event: string) {
  const node = nodeAt(machine, path)
  const [transition, ...others] = node.transitions.get(event) ?? []
  if (transition === undefined || others.length > 0) throw new Error(`${node.id} needs one transition on ${event}`)
  const { target, guard, actions, reenter } = transition
  if (target !== undefined || guard !== undefined || reenter || actions.length !== 1)
    throw new Error(`The transition of ${node.id} on ${event} does more than run one action.`)
  return transition
}

/**
 * Takes one transition of a machine, which stays where it is and runs one action, without the search
 * that XState makes for every event: it comes once a chunk for each strategy, group and worker, and
 * the search cost more than the hand-over. Inspectors are told of it as of any other. It changes no
 * snapshot, so it must not be used where an `always` transition waits for what the action does.
 *
 * @throws Error if the transition has a guard, a target or more than one action.
 */
export function withShortWay<M extends AnyStateMachine>(machine: M, path: readonly string[], event: string): M {
  const transition = stayingTransition(machine, path, event)
  const [action] = transition.actions as readonly [string | { readonly type: string }]
  const type = typeof action === 'string' ? action : action.type
  const exec = machine.implementations.actions[type] as Effect
  const taken = [transition]
  const search = machine.transition.bind(machine)
  machine.transition = (snapshot: AnyMachineSnapshot, told: AnyEventObject, scope: Scope): AnyMachineSnapshot => {
    if (told.type !== event || snapshot.status !== 'active' || !isWithin(snapshot.value, path))
      return search(snapshot, told, scope as never) as AnyMachineSnapshot
    const { self, system } = scope
    scope.actionExecutor({
      type,
      info: { context: snapshot.context, event: told, self, system },
      params: undefined,
      exec,
    } as never)
    tellMicrostep(scope, told, snapshot, taken)
    return snapshot
  }
  return machine
}
