import type { AnyStateMachine, AnyStateNode } from 'xstate'
import type { EdgeDefinition, MachineDefinition, StateDefinition } from './protocol.js'

/** The parts of XState's transitions that are read here; its own type says less than they hold. */
export interface TransitionLike {
  readonly source: AnyStateNode
  readonly target: readonly AnyStateNode[] | undefined
  readonly eventType: string
  readonly guard?: unknown
  readonly actions: readonly unknown[]
}

/** A machine as plain data, and where each of its transitions stands in it. */
export interface Definition {
  readonly machine: MachineDefinition
  readonly places: ReadonlyMap<object, number>
}

const TYPES = ['atomic', 'compound', 'parallel', 'final', 'history'] as const

/** The name of an action or a guard; a function that has none is `inline`. */
function nameOf(implementation: unknown): string {
  if (typeof implementation === 'string') return implementation
  if (typeof implementation === 'function') return implementation.name === '' ? 'inline' : implementation.name
  const { type, params } = Object(implementation) as { readonly type?: unknown; readonly params?: unknown }
  if (typeof type !== 'string') return 'inline'
  // What an action is told is part of what the edge does, where it is written down.
  const words = Object.values(typeof params === 'function' ? {} : Object(params)).filter(
    (value): value is string => typeof value === 'string',
  )
  return words.length === 0 ? type : `${type}(${words.join(', ')})`
}

const eventOf = (eventType: string): string =>
  eventType === ''
    ? 'always'
    : eventType
        .replace(/^xstate\.after\.(\d+)\..*$/, 'after $1 ms')
        .replace(/^xstate\.after\.([^.]+)\..*$/, 'after $1')
        .replace(/^xstate\.done\.actor\.(.*)$/, 'done $1')
        .replace(/^xstate\.error\.actor\.(.*)$/, 'error $1')
        .replace(/^xstate\.done\.state\..*$/, 'done')

function stateOf(node: AnyStateNode): StateDefinition {
  const initial = node.initial?.target[0] as AnyStateNode | undefined
  return {
    id: node.id,
    key: node.key,
    type: TYPES.find((type) => type === node.type) ?? 'atomic',
    initial: initial?.id,
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
    invokes: node.invoke.map(({ src }) => (typeof src === 'string' ? src : 'inline')),
    states: (Object.values(node.states) as AnyStateNode[]).map(stateOf),
  }
}

/** Names an actor's machine tells its owner of an event without an answer by. */
const isUnexpected = (transition: TransitionLike): boolean =>
  transition.eventType === '*' && transition.actions.some((action) => nameOf(action) === 'unexpected')

/** A machine as plain data. The same for one that was given its effects and for the bare one. */
export function definitionOf(machine: AnyStateMachine): Definition {
  const places = new Map<object, number>()
  const edges: EdgeDefinition[] = []
  const add = (transitions: readonly TransitionLike[]): void => {
    for (const [ordinal, transition] of transitions.entries()) {
      places.set(transition, edges.length)
      edges.push({
        source: transition.source.id,
        targets: (transition.target ?? []).map(({ id }) => id),
        event: eventOf(transition.eventType),
        guard: transition.guard === undefined ? undefined : nameOf(transition.guard),
        actions: transition.actions.map(nameOf),
        ordinal,
        unexpected: isUnexpected(transition),
      })
    }
  }
  const visit = (node: AnyStateNode): void => {
    if (node.always !== undefined) add(node.always as unknown as readonly TransitionLike[])
    for (const transitions of node.transitions.values()) add(transitions as unknown as readonly TransitionLike[])
    for (const child of Object.values(node.states)) visit(child as AnyStateNode)
  }
  visit(machine.root)
  return { machine: { id: machine.id, root: stateOf(machine.root), edges }, places }
}
