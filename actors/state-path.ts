import type { AnyStateMachine, AnyStateNode } from 'xstate'

/** The state of a machine at the end of a path. Throws if there is none. */
export function nodeAt(machine: AnyStateMachine, path: readonly string[]): AnyStateNode {
  const node = path.reduce<AnyStateNode | undefined>((at, key) => at?.states[key], machine.root)
  if (node === undefined) throw new Error(`${machine.id} has no state ${path.join('.')}`)
  return node
}

/** Whether a snapshot's value is within the state of that path. */
export function isWithin(value: unknown, path: readonly string[]): boolean {
  let at = value
  for (let index = 0; index < path.length; index++) {
    const key = path[index] as string
    if (typeof at === 'string') return at === key && index === path.length - 1
    at = (at as Readonly<Record<string, unknown>>)[key]
    if (at === undefined) return false
  }
  return true
}

/** Whether a state or one below it remembers where it was left. */
export const hasHistory = (node: AnyStateNode): boolean =>
  node.type === 'history' || Object.values(node.states).some((child) => hasHistory(child))
