import type { ActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate'
import { tellMicrostep } from './microstep.js'
import { hasHistory, isWithin, nodeAt } from './state-path.js'

type Scope = ActorScope<AnyMachineSnapshot, AnyEventObject>
type Context = Readonly<Record<string, unknown>>
type Told = { readonly context: Context; readonly event: AnyEventObject }
type Effect = (args: unknown, params: undefined) => void
type Guard = (args: Told, params: undefined) => boolean
type Named = string | { readonly type: string; readonly params?: unknown }

/** One action of a move: an effect with its name, or what is assigned, field by field. */
type Act =
  | { readonly type: string; readonly exec: Effect }
  | { readonly type: 'xstate.assign'; readonly fields: readonly (readonly [string, unknown])[] }

const refuse = (node: AnyStateNode, event: string, why: string): never => {
  throw new Error(`The transition of ${node.id} on ${event} ${why}.`)
}

function actOf(machine: AnyStateMachine, node: AnyStateNode, event: string, action: Named): Act {
  const type = typeof action === 'string' ? action : action.type
  const made = machine.implementations.actions[type] as
    | (Effect & { readonly resolve?: unknown; readonly type?: unknown; readonly assignment?: unknown })
    | undefined
  if (made === undefined || (typeof action === 'object' && action.params !== undefined))
    return refuse(node, event, `has an action that is not known by its name alone: ${type}`)
  if (made.resolve === undefined) return { type, exec: made }
  const { assignment } = made
  if (made.type !== 'xstate.assign' || typeof assignment !== 'object' || assignment === null)
    return refuse(node, event, `does more than run effects and assign fields: ${type}`)
  return { type: 'xstate.assign', fields: Object.entries(assignment) }
}

function guardOf(machine: AnyStateMachine, node: AnyStateNode, event: string, guard: unknown): Guard {
  const made = typeof guard === 'string' ? (machine.implementations.guards[guard] as Guard | undefined) : undefined
  return typeof made === 'function' ? made : refuse(node, event, 'has a guard that is not known by its name')
}

const isSimple = ({ type, invoke, after }: AnyStateNode): boolean =>
  type === 'atomic' && invoke.length === 0 && after.length === 0

/** Whether the states above are the only ones that are entered with a state, and leave by themselves for nowhere. */
const isPlainWithin = (node: AnyStateNode | undefined): boolean =>
  node === undefined || (node.type === 'compound' && (node.always ?? []).length === 0 && isPlainWithin(node.parent))

function moveOf(machine: AnyStateMachine, path: readonly string[], event: string) {
  const node = nodeAt(machine, path)
  const [transition] = node.transitions.get(event) ?? []
  if (transition === undefined) throw new Error(`${node.id} has no transition on ${event}`)
  const { target, guard, actions, reenter } = transition
  const [to, ...more] = target ?? []
  if (to === undefined || more.length > 0 || to.parent !== node.parent || to === node || reenter)
    return refuse(node, event, 'does not lead to a sibling')
  const plain = isSimple(node) && isSimple(to) && isPlainWithin(node.parent) && !hasHistory(machine.root)
  if (!plain || node.exit.length > 0)
    return refuse(node, event, 'is between states with parts, exits or delays, or there is more than one region')
  return {
    transition,
    target: [...path.slice(0, -1), to.key],
    guard: guard === undefined ? undefined : guardOf(machine, node, event, guard),
    acts: [...actions, ...to.entry].map((action) => actOf(machine, node, event, action as Named)),
    leaves: (to.always ?? []).map((way) => guardOf(machine, to, event, way.guard)),
  }
}

function assigned(context: Context, fields: readonly (readonly [string, unknown])[], args: object): Context {
  const made: Record<string, unknown> = { ...context }
  for (const [field, value] of fields)
    made[field] = typeof value === 'function' ? (value as (args: object) => unknown)(args) : value
  return made
}

/** What a snapshot in some state holds of it. */
type Place = Pick<AnyMachineSnapshot, 'value' | '_nodes' | 'tags'>

/**
 * The snapshot that follows. Field by field as XState makes them, so that V8 knows the shape: to spread one costs more
 * than all the rest of a move.
 */
function moved(from: AnyMachineSnapshot, { value, _nodes, tags }: Place, context: Context): AnyMachineSnapshot {
  return {
    status: from.status,
    output: from.output,
    error: from.error,
    machine: from.machine,
    context,
    _nodes,
    value,
    tags,
    children: from.children,
    historyValue: from.historyValue,
    matches: from.matches,
    hasTag: from.hasTag,
    can: from.can,
    getMeta: from.getMeta,
    toJSON: from.toJSON,
  } as AnyMachineSnapshot
}

/**
 * Takes the first transition of a state on an event, to a state of the same parent, without XState's search for
 * it and for all that is entered and left: which that is, is known from the first time. Its guard is asked, its
 * effects are run and its assignments made, and those of the state's entry. For what comes once a signal or once a
 * chunk that is awaited, where the search costs many times the rest. Inspectors are told of it as of any other.
 *
 * Where the state that is entered has an eventless transition, that is looked for before the effects run and not
 * after, so whatever they do to make it possible must be said in an event as well. An assignment must not spawn.
 *
 * @throws Error for what is no such transition: other actions, invoked actors, delays, exits, history, regions.
 */
export function withShortMove<M extends AnyStateMachine>(machine: M, path: readonly string[], event: string): M {
  const { transition, target, guard, acts, leaves } = moveOf(machine, path, event)
  const taken = [transition]
  const search = machine.transition.bind(machine)
  /** What a snapshot in the target holds of it. */
  let there: Place | undefined
  machine.transition = (snapshot: AnyMachineSnapshot, told: AnyEventObject, scope: Scope): AnyMachineSnapshot => {
    if (told.type !== event || snapshot.status !== 'active' || !isWithin(snapshot.value, path))
      return search(snapshot, told, scope as never) as AnyMachineSnapshot
    const asked = { context: snapshot.context as Context, event: told }
    if (
      there === undefined ||
      (guard !== undefined && !guard(asked, undefined)) ||
      leaves.some((leave) => leave(asked, undefined))
    ) {
      const found = search(snapshot, told, scope as never) as AnyMachineSnapshot
      if (found.status === 'active' && isWithin(found.value, target))
        there = { value: found.value, _nodes: found._nodes, tags: found.tags }
      return found
    }
    const { self, system } = scope
    let { context } = asked
    for (const act of acts) {
      const info = { context, event: told, self, system }
      if ('fields' in act) context = assigned(context, act.fields, info)
      else scope.actionExecutor({ type: act.type, info, params: undefined, exec: act.exec } as never)
    }
    const next = moved(snapshot, there, context)
    tellMicrostep(scope, told, next, taken)
    return next
  }
  return machine
}
