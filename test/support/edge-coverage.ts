import type { AnyStateMachine, AnyStateNode, InspectionEvent } from 'xstate'

/** What is needed of a transition of a machine, or of one that an inspector was told of. */
interface Edge {
  readonly source: AnyStateNode
  readonly target: readonly AnyStateNode[] | undefined
  readonly eventType: string
  readonly guard?: unknown
  readonly actions?: readonly unknown[]
}

const eventName = (eventType: string): string =>
  eventType === '' ? 'always' : eventType.replace(/^xstate\.after\.(.+?)\..*$/, 'after $1')

/**
 * An edge's name: where it leaves, on which event, the how-manieth of that event's edges it is, and
 * where it leads. The same for a machine as it is written and for one that was given its effects.
 */
function nameOf({ source, target, eventType, guard }: Edge, ordinal: number): string {
  const name = typeof guard === 'string' ? guard : (guard as { readonly type?: unknown } | undefined)?.type
  const when = guard === undefined ? '' : ` [${typeof name === 'string' ? name : 'guarded'}]`
  const to = target === undefined || target.length === 0 ? '(itself)' : target.map((node) => node.id).join(', ')
  return `${source.id} --> ${to} : ${eventName(eventType)}${when} #${ordinal + 1}`
}

function siblingsOf(source: AnyStateNode, eventType: string): readonly Edge[] {
  const { always } = source
  if (eventType === '') return (always ?? []) as unknown as readonly Edge[]
  return (source.transitions.get(eventType) ?? []) as unknown as readonly Edge[]
}

/**
 * It leads somewhere or does something. One that does neither only says that its state has nothing to
 * answer, as an event may come a moment too late; that nothing happened then is no edge.
 */
const isEdge = ({ target, actions }: Edge): boolean =>
  (target !== undefined && target.length > 0) || (actions !== undefined && actions.length > 0)

/** The way out of every state for what nobody foresaw: counted at run time, and no part of a machine's life. */
const isEscape = ({ eventType }: Edge): boolean => eventType === '*'

/** Every edge of a machine, internal ones included, by name. */
export function edgesOf(machine: AnyStateMachine): readonly string[] {
  const names: string[] = []
  const visit = (node: AnyStateNode): void => {
    for (const eventType of ['', ...node.transitions.keys()]) {
      for (const [ordinal, edge] of siblingsOf(node, eventType).entries()) {
        if (isEdge(edge) && !isEscape(edge)) names.push(nameOf(edge, ordinal))
      }
    }
    for (const child of Object.values(node.states)) visit(child as AnyStateNode)
  }
  visit(machine.root)
  return names
}

/** Collects which edges live actors take, as an inspector of their system. */
export class EdgeCollector {
  readonly taken = new Set<string>()

  next(event: InspectionEvent): void {
    if (event.type !== '@xstate.microstep') return
    for (const transition of event._transitions as unknown as readonly Edge[]) {
      if (!isEdge(transition)) continue
      const ordinal = siblingsOf(transition.source, transition.eventType).indexOf(transition)
      this.taken.add(nameOf(transition, Math.max(0, ordinal)))
    }
  }
}
