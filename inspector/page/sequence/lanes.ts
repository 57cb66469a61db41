import type { Message } from '../../protocol.js'
import type { Actor } from '../world/world.js'

/** A vertical line of the diagram: one actor, or all of a kind. */
export interface Lane {
  readonly key: string
  readonly name: string
  /** How many actors it stands for. */
  readonly actors: number
}

/** Messages from one lane to another that say the same, one after the other. */
export interface Arrow {
  readonly messages: Message[]
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
const GONE = 'gone'

/** What a lane of many is called. */
const NAMES: Readonly<Record<string, string>> = {
  group: 'groups',
  strategy: 'strategies',
  worker: 'workers',
  breaker: 'breakers',
  sink: 'sinks',
  feed: 'feeds',
  other: 'helpers',
}

/** In the order in which an event passes them. */
const ORDER = [
  OUTSIDE,
  'feed',
  'part feeds',
  'engine',
  'part supervisor',
  'worker',
  'part strategies',
  'group',
  'strategy',
  'breaker',
]

const placeOf = (key: string): number => {
  const at = ORDER.indexOf(key)
  return at < 0 ? ORDER.length : at
}

/** Parts are few, and each is somebody; of the rest there may be hundreds. */
const kindKey = (actor: Actor | undefined): string =>
  actor === undefined ? GONE : actor.row.kind === 'part' ? `part ${actor.row.name}` : actor.row.kind

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
    name: key.startsWith('#') ? (actorOf(key)?.row.name ?? GONE) : (NAMES[key] ?? key.replace('part ', '')),
    actors: members.get(key)?.size ?? 0,
  }))
  const places = new Map(keys.map((key, place) => [key, place]))
  const isShared = (actor: number | undefined): boolean => {
    const key = keyOf(actor)
    return actor !== undefined && !key.startsWith('#') && (members.get(key)?.size ?? 0) > 1
  }
  const arrows: Arrow[] = []
  for (const message of chosen) {
    const from = places.get(keyOf(message.from)) ?? 0
    const to = places.get(keyOf(message.to)) ?? 0
    const before = arrows[arrows.length - 1]
    const first = before?.messages[0]
    // One sender that tells many of a kind the same is one arrow, or a chunk for a hundred strategies would fill the view.
    const repeats =
      first?.event === message.event && first.from === message.from && before?.from === from && before.to === to
    if (repeats) before.messages.push(message)
    else arrows.push({ messages: [message], from, to, label: '' })
  }
  const labelled = arrows.map((arrow) => {
    const [first] = arrow.messages
    if (first === undefined) return arrow
    const { event, chunk } = first
    const many = arrow.messages.length
    const laneName = lanes[arrow.to]?.name ?? ''
    const whom =
      many > 1
        ? isShared(first.to)
          ? ` → ${many} ${laneName}`
          : ` ×${many}`
        : isShared(first.to)
          ? ` → ${actors.get(first.to)?.row.name ?? ''}`
          : isShared(first.from)
            ? ` from ${actors.get(first.from ?? -1)?.row.name ?? ''}`
            : ''
    const size = chunk === undefined ? '' : ` (${chunk.events})`
    return { ...arrow, label: `${event}${size}${whom}` }
  })
  return { lanes, arrows: labelled }
}
