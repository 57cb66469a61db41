import type { EdgeDefinition, MachineDefinition, StateDefinition } from '../../protocol.js'

/** A transition, and its place among the machine's edges, by which the engine names it. */
export interface Transition extends EdgeDefinition {
  readonly place: number
}

/** A machine's definition with what drawing it needs to look up. */
export interface Chart {
  readonly machine: MachineDefinition
  readonly states: ReadonlyMap<string, StateDefinition>
  readonly parents: ReadonlyMap<string, string>
  readonly transitions: readonly Transition[]
}

/** One line between two states; what leads the same way shares it and stacks its labels. */
export interface ChartEdge {
  readonly id: string
  readonly source: string
  readonly target: string
  readonly transitions: readonly Transition[]
}

export interface Drawing {
  readonly edges: readonly ChartEdge[]
  /**
   * What is listed inside its state instead: it stays there, returns there, or leads from a state to
   * one of its own children, where a line would run through all that the parent holds.
   */
  readonly listed: ReadonlyMap<string, readonly Transition[]>
}

export function chartOf(machine: MachineDefinition): Chart {
  const states = new Map<string, StateDefinition>()
  const parents = new Map<string, string>()
  const visit = (state: StateDefinition): void => {
    states.set(state.id, state)
    for (const child of state.states) {
      parents.set(child.id, state.id)
      visit(child)
    }
  }
  visit(machine.root)
  return { machine, states, parents, transitions: machine.edges.map((edge, place) => ({ ...edge, place })) }
}

/** A state and all around it, innermost first. */
export function ancestry({ parents }: Chart, id: string): readonly string[] {
  const path: string[] = []
  for (let at: string | undefined = id; at !== undefined; at = parents.get(at)) path.push(at)
  return path
}

export function drawingOf(chart: Chart): Drawing {
  const edges = new Map<string, { source: string; target: string; transitions: Transition[] }>()
  const listed = new Map<string, Transition[]>()
  const list = (transition: Transition): void => {
    const own = listed.get(transition.source)
    if (own === undefined) listed.set(transition.source, [transition])
    else own.push(transition)
  }
  for (const transition of chart.transitions) {
    const { source, targets } = transition
    const drawn = targets.filter((target) => chart.states.has(target) && !ancestry(chart, target).includes(source))
    if (drawn.length === 0) list(transition)
    for (const target of drawn) {
      const id = `${source}→${target}`
      const edge = edges.get(id)
      if (edge === undefined) edges.set(id, { source, target, transitions: [transition] })
      else edge.transitions.push(transition)
    }
  }
  return { edges: [...edges].map(([id, edge]) => ({ id, ...edge })), listed }
}

/** The state's path without the machine's own name; the machine's name for its root. */
export function shortName({ machine, parents, states }: Chart, id: string): string {
  if (id === machine.root.id) return machine.id
  const keys: string[] = []
  for (let at: string | undefined = id; at !== undefined && at !== machine.root.id; at = parents.get(at)) {
    keys.unshift(states.get(at)?.key ?? at)
  }
  return keys.join('.')
}

export const guardText = ({ guard }: Pick<EdgeDefinition, 'guard'>): string => (guard === undefined ? '' : `[${guard}]`)
