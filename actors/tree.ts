import type { AnyActorRef, StateValue } from 'xstate'

/** A state value as one word: `running.flowing`. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value
  const [entry] = Object.entries(value)
  if (entry === undefined) return ''
  const [name, inner] = entry
  return inner === undefined ? name : `${name}.${stateName(inner)}`
}

/** Names of an actor and of all that live under it, parents first; each with its parents' names. */
export function actorNames(root: AnyActorRef): readonly string[] {
  const names: string[] = []
  const visit = (actor: AnyActorRef, path: string): void => {
    const snapshot = actor.getSnapshot() as {
      readonly status: string
      readonly children?: Record<string, AnyActorRef | undefined>
    }
    if (snapshot.status !== 'active') return
    names.push(path)
    for (const [id, child] of Object.entries(snapshot.children ?? {}))
      if (child !== undefined) visit(child, `${path}/${id}`)
  }
  visit(root, root.id)
  return names
}
