import type { AnyStateMachine, AnyStateNode } from 'xstate'

/** An edge's label: its event, then its guard in brackets. */
function labelOf(eventType: string, guard: unknown): string {
  const event = eventType
    .replace(/^xstate\.after\.(.+)\.[^.]+\..*$/, 'after $1')
    .replace(/^xstate\.after\.([^.]+)\..*$/, 'after $1')
    .replace(/:/g, '#colon;')
  if (guard === undefined) return event
  const name =
    typeof guard === 'string'
      ? guard
      : typeof guard === 'object' && guard !== null && 'type' in guard
        ? String(guard.type)
        : 'guarded'
  return `${event} [${name}]`.trim()
}

/** A state's id on the diagram: its path without the machine's own id. */
const idOf = (node: AnyStateNode): string => node.path.join('_')

function edgesOf(node: AnyStateNode): string[] {
  const edges: string[] = []
  const add = (
    event: string,
    transitions: readonly { target: readonly AnyStateNode[] | undefined; guard?: unknown }[],
  ): void => {
    for (const { target, guard } of transitions) {
      for (const to of target ?? []) edges.push(`${idOf(node) || '[*]'} --> ${idOf(to)} : ${labelOf(event, guard)}`)
    }
  }
  for (const [event, transitions] of node.transitions) add(event, transitions as never)
  if (node.always !== undefined) add('always', node.always as never)
  return edges
}

/** A machine as a Mermaid state diagram: its states, nested as they are, and every edge that leads somewhere. */
export function mermaidOf(machine: AnyStateMachine): string {
  const lines = ['stateDiagram-v2']
  const draw = (node: AnyStateNode, indent: string): void => {
    const initial = node.initial?.target[0]
    if (initial !== undefined) lines.push(`${indent}[*] --> ${idOf(initial as AnyStateNode)}`)
    for (const child of Object.values(node.states) as AnyStateNode[]) {
      if (Object.keys(child.states).length > 0) {
        lines.push(`${indent}state "${child.key}" as ${idOf(child)} {`)
        draw(child, `${indent}  `)
        lines.push(`${indent}}`)
      } else {
        lines.push(`${indent}${idOf(child)} : ${child.key}`)
        if (child.type === 'final') lines.push(`${indent}${idOf(child)} --> [*]`)
      }
    }
  }
  draw(machine.root, '  ')
  const edges: string[] = []
  const collect = (node: AnyStateNode): void => {
    // An edge of the machine as a whole is drawn from each of its states' common parent, which Mermaid lacks: it is listed.
    if (node !== machine.root) edges.push(...edgesOf(node).map((edge) => `  ${edge}`))
    else edges.push(...edgesOf(node).map((edge) => `  %% from any state: ${edge.replace('[*] --> ', '')}`))
    for (const child of Object.values(node.states) as AnyStateNode[]) collect(child)
  }
  collect(machine.root)
  return `${[...lines, ...edges].join('\n')}\n`
}
