import type { ActorKind, Message } from '../../protocol.js'
import type { Actor } from '../world/world.js'

/** A vertical line of the diagram: one actor, or all of a kind. */
export interface Lane {
  readonly key: string
  readonly name: string
  /** How many actors it stands for. */
  readonly actors: number
}

/** A message between two lanes. */
export interface Arrow {
  readonly message: Message
  /** Places among the lanes. */
  readonly from: number
  readonly to: number
  readonly label: string
}

export interface Diagram {
  readonly lanes: readonly Lane[]
  readonly arrows: readonly Arrow[]
}

const OUTSIDE = 'outside'

const KINDS: Readonly<Record<ActorKind, string>> = {
  engine: 'engine',
  part: 'part',
  group: 'groups',
  strategy: 'strategies',
  worker: 'workers',
  breaker: 'breakers',
  sink: 'sinks',
  feed: 'feeds',
  other: 'helpers',
}

/** In the order in which an event passes them. */
const ORDER = [OUTSIDE, 'feeds', 'engine', 'supervisor', 'workers', 'strategies', 'groups']

const placeOf = (key: string): number => {
  const at = ORDER.indexOf(key)
  return at < 0 ? ORDER.length : at
}

/** Parts are few, and each is somebody; of the rest there may be hundreds. */
const kindKey = (actor: Actor | undefined): string =>
  actor === undefined ? 'gone' : actor.row.kind === 'part' ? actor.row.name : KINDS[actor.row.kind]

/** Lanes at most where each is one actor; what is beyond goes into the lanes of its kind. */
const MOST_LANES = 12

interface DiagramOptions {
  readonly messages: readonly Message[]
  readonly actors: ReadonlyMap<number, Actor>
  /** Only messages from or to this actor, each other one with a lane of its own. */
  readonly only: number | undefined
}

export function diagramOf({ messages, actors, only }: DiagramOptions): Diagram {
  const chosen = only === undefined ? messages : messages.filter(({ from, to }) => from === only || to === only)
  const own = new Set<number>()
  if (only !== undefined) {
    own.add(only)
    for (const { from, to } of chosen) {
      if (own.size >= MOST_LANES) break
      if (from !== undefined) own.add(from)
      own.add(to)
    }
  }
  const keyOf = (actor: number | undefined): string =>
    actor === undefined ? OUTSIDE : own.has(actor) ? `#${actor}` : kindKey(actors.get(actor))
  const members = new Map<string, Set<number | undefined>>()
  const meet = (actor: number | undefined): void => {
    const key = keyOf(actor)
    members.set(key, (members.get(key) ?? new Set()).add(actor))
  }
  for (const { from, to } of chosen) {
    meet(from)
    meet(to)
  }
  const actorOf = (key: string): Actor | undefined => actors.get(Number(key.slice(1)))
  const order = (key: string): number => placeOf(key.startsWith('#') ? kindKey(actorOf(key)) : key)
  const keys = [...members.keys()].sort(
    (left, right) => order(left) - order(right) || left.localeCompare(right, 'en', { numeric: true }),
  )
  const lanes = keys.map((key) => ({
    key,
    name: key.startsWith('#') ? (actorOf(key)?.row.name ?? 'gone') : key,
    actors: members.get(key)?.size ?? 0,
  }))
  const places = new Map(keys.map((key, place) => [key, place]))
  const nameOf = (actor: number | undefined): string | undefined => {
    const key = keyOf(actor)
    const isShared = !key.startsWith('#') && (members.get(key)?.size ?? 0) > 1
    return isShared && actor !== undefined ? actors.get(actor)?.row.name : undefined
  }
  const arrows = chosen.map((message) => {
    const { from, to, event, chunk } = message
    const names = [nameOf(from), nameOf(to)].filter((name) => name !== undefined)
    const size = chunk === undefined ? '' : ` ×${chunk.events}`
    return {
      message,
      from: places.get(keyOf(from)) ?? 0,
      to: places.get(keyOf(to)) ?? 0,
      label: `${event}${size}${names.length === 0 ? '' : `  ${names.join(' → ')}`}`,
    }
  })
  return { lanes, arrows }
}
