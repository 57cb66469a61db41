import { BLOCK_EVENTS, type BlockHead } from '../blocks.js'

/** Blocks that become one. */
export interface Merged {
  readonly head: BlockHead
  readonly parts: readonly BlockHead[]
}

/** Joins neighbours as long as they fit in one block; one that has no small neighbour stays alone. */
export function merged(heads: readonly BlockHead[]): Merged[] {
  const groups: { head: BlockHead; parts: BlockHead[] }[] = []
  for (const head of heads) {
    const group = groups.at(-1)
    if (group !== undefined && group.head.count + head.count <= BLOCK_EVENTS) {
      group.head = joined(group.head, head)
      group.parts.push(head)
    } else groups.push({ head, parts: [head] })
  }
  return groups
}

function joined(a: BlockHead, b: BlockHead): BlockHead {
  return {
    first: a.first,
    last: b.last,
    count: a.count + b.count,
    since: Math.min(a.since, b.since),
    until: Math.max(a.until, b.until),
    types: [...new Set([...a.types, ...b.types])],
    symbols:
      a.symbols === undefined || b.symbols === undefined ? undefined : [...new Set([...a.symbols, ...b.symbols])],
  }
}
