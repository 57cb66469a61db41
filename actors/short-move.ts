import type { ActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate'
import { tellMicrostep } from './microstep.js'
import { hasHistory, isWithin, nodeAt } from './state-path.js'
import { stepsOf } from './steps.js'

type Scope = ActorScope<AnyMachineSnapshot, AnyEventObject>
type Effect = (args: unknown, params: undefined) => void
type Guard = (args: { readonly context: unknown; readonly event: AnyEventObject }, params: undefined) => boolean
type Named = string | { readonly type: string; readonly params?: unknown }

/** One action of a move: an effect with its name, or an assignment, whose outcome the snapshot holds. */
type Act = { readonly type: string; readonly exec: Effect } | 'assigned'

const refuse = (node: AnyStateNode, event: string, why: string): never => {
  throw new Error(`The transition of ${node.id} on ${event} ${why}.`)
}

/** An assignment of constants comes to the same whatever the context and the event are. */
function isConstant(action: object): boolean {
  const { type, assignment } = action as { readonly type?: unknown; readonly assignment?: unknown }
  return (
    type === 'xstate.assign' &&
    typeof assignment === 'object' &&
    assignment !== null &&
    Object.values(assignment).every((value) => typeof value !== 'function')
  )
}

function actOf(machine: AnyStateMachine, node: AnyStateNode, event: string, action: Named): Act {
  const type = typeof action === 'string' ? action : action.type
  const made = machine.implementations.actions[type] as (Effect & { readonly resolve?: unknown }) | undefined
  if (made === undefined || (typeof action === 'object' && action.params !== undefined))
    return refuse(node, event, `has an action that is not known by its name alone: ${type}`)
  if (made.resolve === undefined) return { type, exec: made }
  if (!isConstant(made)) return refuse(node, event, `depends on more than its state: ${type}`)
  return 'assigned'
}

/** The guards of a state's eventless transitions, by which it would be left at once. */
function leavingAtOnce(machine: AnyStateMachine, to: AnyStateNode, event: string): readonly Guard[] {
  return (to.always ?? []).map(({ guard }) => {
    const made = typeof guard === 'string' ? (machine.implementations.guards[guard] as Guard | undefined) : undefined
    return typeof made === 'function' ? made : refuse(to, event, 'has a guard that is not known by its name')
  })
}

const isSimple = ({ type, invoke, after }: AnyStateNode): boolean =>
  type === 'atomic' && invoke.length === 0 && after.length === 0

const waitsForNothing = (node: AnyStateNode | undefined): boolean =>
  node === undefined || ((node.always ?? []).length === 0 && waitsForNothing(node.parent))

function moveOf(machine: AnyStateMachine, path: readonly string[], event: string) {
  const node = nodeAt(machine, path)
  const [transition, ...others] = node.transitions.get(event) ?? []
  if (transition === undefined || others.length > 0) throw new Error(`${node.id} needs one transition on ${event}`)
  const { target, guard, actions, reenter } = transition
  const [to, ...more] = target ?? []
  if (to === undefined || more.length > 0 || to.parent !== node.parent || to === node || guard !== undefined || reenter)
    return refuse(node, event, 'is not one to a sibling, without a guard')
  if (
    !isSimple(node) ||
    !isSimple(to) ||
    node.exit.length > 0 ||
    !waitsForNothing(node.parent) ||
    hasHistory(machine.root)
  )
    return refuse(node, event, 'is between states with parts, exits, history or eventless transitions above them')
  const acts = [...actions, ...to.entry].map((action) => actOf(machine, node, event, action as Named))
  return { transition, acts, leaves: leavingAtOnce(machine, to, event), key: to.key }
}

/**
 * Takes one transition between two states of the same parent as it was taken before: its effects are run, and
 * the snapshot that follows is the one that followed then. For what comes once a signal, such as the write of a
 * sink, where XState's search costs many times the write. Inspectors are told of it as of any other.
 *
 * Where the state that is entered has an eventless transition, that is looked for before the effects run and not
 * after, so whatever they do to make it possible must be said in an event as well.
 *
 * @throws Error if what follows could depend on more than the state: guards, assignments but of constants,
 * invoked actors, delays, history.
 */
export function withShortMove<M extends AnyStateMachine>(machine: M, path: readonly string[], event: string): M {
  const { transition, acts, leaves, key } = moveOf(machine, path, event)
  const taken = [transition]
  const steps = stepsOf(machine)
  const following = new WeakMap<AnyMachineSnapshot, AnyMachineSnapshot>()
  const target = [...path.slice(0, -1), key]
  const search = machine.transition.bind(machine)
  machine.transition = (snapshot: AnyMachineSnapshot, told: AnyEventObject, scope: Scope): AnyMachineSnapshot => {
    if (told.type !== event || snapshot.status !== 'active' || !isWithin(snapshot.value, path))
      return search(snapshot, told, scope as never) as AnyMachineSnapshot
    const known = following.get(snapshot)
    if (known === undefined || leaves.some((guard) => guard({ context: known.context, event: told }, undefined))) {
      const found = search(snapshot, told, scope as never) as AnyMachineSnapshot
      if (found.status !== 'active' || !isWithin(found.value, target)) return found
      const next = steps.settle(snapshot, found)
      following.set(snapshot, next)
      return next
    }
    const { self, system } = scope
    let { context } = snapshot
    for (const act of acts) {
      if (act === 'assigned') context = known.context
      else {
        const info = { context, event: told, self, system }
        scope.actionExecutor({ type: act.type, info, params: undefined, exec: act.exec } as never)
      }
    }
    tellMicrostep(scope, told, known, taken)
    return known
  }
  return machine
}
