import type { AnyActorRef, StateValue } from 'xstate'

/** A state value as one word: `running.flowing`. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value
  const [entry] = Object.entries(value)
  if (entry === undefined) return ''
  const [name, inner] = entry
  return inner === undefined ? name : `${name}.${stateName(inner)}`
}

/** State and name of every strategy's own actor under an engine's. */
export function eachStrategy(engine: AnyActorRef | undefined, visit: (name: string, state: string) => void): void {
  for (const [, group] of childrenOf(childrenOf(engine).find(([id]) => id === 'strategies')?.[1])) {
    for (const [name, strategy] of childrenOf(group)) {
      const { value } = strategy.getSnapshot() as { readonly value?: StateValue }
      if (value !== undefined) visit(name, stateName(value))
    }
  }
}

function childrenOf(actor: AnyActorRef | undefined): readonly (readonly [id: string, child: AnyActorRef])[] {
  const snapshot = actor?.getSnapshot() as { readonly children?: Record<string, AnyActorRef | undefined> } | undefined
  return Object.entries(snapshot?.children ?? {}).filter(
    (entry): entry is [string, AnyActorRef] => entry[1] !== undefined,
  )
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
