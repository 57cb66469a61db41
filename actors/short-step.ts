import type { ActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate'
import { tellMicrostep } from './microstep.js'
import { hasHistory, isWithin, nodeAt } from './state-path.js'

type Scope = ActorScope<AnyMachineSnapshot, AnyEventObject>

const isPlain = (node: AnyStateNode): boolean =>
  node.type === 'atomic' &&
  node.entry.length === 0 &&
  node.exit.length === 0 &&
  node.invoke.length === 0 &&
  (node.always ?? []).length === 0 &&
  node.after.length === 0

const waitsForNothing = (node: AnyStateNode): boolean =>
  (node.always ?? []).length === 0 && (node.parent === undefined || waitsForNothing(node.parent))

/** The one transition of a path on an event, if nothing but the state changes by it; else throws what is in its way. */
function plainTransition(machine: AnyStateMachine, path: readonly string[], event: string) {
  const node = nodeAt(machine, path)
  const [transition, ...others] = node.transitions.get(event) ?? []
  if (transition === undefined || others.length > 0) throw new Error(`${node.id} needs one transition on ${event}`)
  const { target, guard, actions, reenter } = transition
  const [to, ...more] = target ?? []
  const sibling = to !== undefined && more.length === 0 && to.parent === node.parent && to !== node
  if (!sibling || guard !== undefined || reenter || actions.length > 0)
    throw new Error(`The transition of ${node.id} on ${event} does more than change to a sibling.`)
  if (!isPlain(node) || !isPlain(to) || !waitsForNothing(node) || hasHistory(machine.root))
    throw new Error(`${node.id} or ${to.id} has effects, history or eventless transitions of its own.`)
  return transition
}

/**
 * Remembers, for one transition between two states of the same parent, which snapshot follows which, and
 * takes it from there the next time: XState's search and its new snapshot cost more than a short handler,
 * and what follows from an equal snapshot is equal. A pair of such transitions there and back goes round
 * between two snapshots for as long as context and children stay as they are. Inspectors are told of each.
 *
 * @throws Error if anything but the state could change by the transition.
 */
export function withShortStep<M extends AnyStateMachine>(machine: M, path: readonly string[], event: string): M {
  const taken = [plainTransition(machine, path, event)]
  const steps = stepsOf(machine)
  const following = new WeakMap<AnyMachineSnapshot, AnyMachineSnapshot>()
  const search = machine.transition.bind(machine)
  machine.transition = (snapshot: AnyMachineSnapshot, told: AnyEventObject, scope: Scope): AnyMachineSnapshot => {
    if (told.type !== event || snapshot.status !== 'active' || !isWithin(snapshot.value, path))
      return search(snapshot, told, scope as never) as AnyMachineSnapshot
    const known = following.get(snapshot)
    if (known === undefined) {
      const found = search(snapshot, told, scope as never) as AnyMachineSnapshot
      const next = steps.settle(snapshot, found)
      following.set(snapshot, next)
      return next
    }
    tellMicrostep(scope, told, known, taken)
    return known
  }
  return machine
}

/** Where each snapshot that a short step led to came from, for all short steps of one machine. */
class Steps {
  readonly #origins = new WeakMap<AnyMachineSnapshot, AnyMachineSnapshot>()

  /** What was found, or the equal one that was there before it. */
  settle(from: AnyMachineSnapshot, found: AnyMachineSnapshot): AnyMachineSnapshot {
    const before = this.#origins.get(from)
    if (before !== undefined && isEqual(before, found)) return before
    this.#origins.set(found, from)
    return found
  }
}

const OF_MACHINE = new WeakMap<AnyStateMachine, Steps>()

function stepsOf(machine: AnyStateMachine): Steps {
  const known = OF_MACHINE.get(machine)
  if (known !== undefined) return known
  const steps = new Steps()
  OF_MACHINE.set(machine, steps)
  return steps
}

function isEqual(one: AnyMachineSnapshot, other: AnyMachineSnapshot): boolean {
  return (
    one.status === other.status &&
    one.context === other.context &&
    one.children === other.children &&
    one._nodes.length === other._nodes.length &&
    one._nodes.every((node) => other._nodes.includes(node))
  )
}
