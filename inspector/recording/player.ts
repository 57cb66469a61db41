import type { RecordedState, TraceEntry } from '../protocol.js'

type ActorNow = RecordedState['actors'][number]

/** The state of a recorded run, entry by entry. It needs nothing but the entries, so a page can play them itself. */
export class Player {
  at = 0
  clock = 0
  accepted = 0
  dispatched = 0
  failures = 0
  private readonly actors = new Map<number, ActorNow>()

  /** Takes the next entry. */
  apply(entry: TraceEntry): void {
    this.at = entry.entry
    this.clock = entry.clock
    switch (entry.kind) {
      case 'accepted':
        this.accepted += 1
        break
      case 'dispatched':
        this.dispatched += 1
        for (const { failed } of entry.outcomes) this.failures += failed
        break
      case 'outcome':
        this.failures += entry.outcome.failed
        break
      case 'spawned': {
        const { actor, state } = entry
        this.actors.set(actor, { actor, state, edges: [], entry: entry.entry, event: undefined, steps: 0 })
        break
      }
      case 'stopped':
        this.actors.delete(entry.actor)
        break
      case 'step':
        this.step(entry)
        break
      case 'note':
        break
    }
  }

  state(): RecordedState {
    const { at, clock, accepted, dispatched, failures } = this
    return { at, clock, actors: [...this.actors.values()], accepted, dispatched, failures }
  }

  /** Goes on from a state that was read before. */
  resume(state: RecordedState): this {
    this.at = state.at
    this.clock = state.clock
    this.accepted = state.accepted
    this.dispatched = state.dispatched
    this.failures = state.failures
    this.actors.clear()
    for (const actor of state.actors) this.actors.set(actor.actor, actor)
    return this
  }

  private step({ actor, state, edges, entry, event }: Extract<TraceEntry, { kind: 'step' }>): void {
    const before = this.actors.get(actor)
    if (before === undefined) return
    // A step that took no edge leaves the last one lit.
    const last =
      edges.length > 0 ? { edges, entry, event } : { edges: before.edges, entry: before.entry, event: before.event }
    this.actors.set(actor, { actor, state, ...last, steps: before.steps + 1 })
  }
}

/** What to stop at. Fields left out match everything. */
export interface Breakpoint {
  /** Id of a state that an actor comes into, or the end of one: `hung` finds `strategy.active.hung`. */
  readonly state?: string
  /** Type of an event that an actor takes or that is accepted. */
  readonly event?: string
  readonly actor?: number
  readonly kind?: string
  /** Words anywhere in the entry. */
  readonly text?: string
}

const comesInto = (state: readonly string[], wanted: string): boolean =>
  state.some((id) => id === wanted || id.endsWith(`.${wanted}`) || id.includes(`.${wanted}.`))

/** Whether a run stops at an entry. `failure` as a kind is every entry that tells of one. */
export function stopsAt(entry: TraceEntry, { state, event, actor, kind, text }: Breakpoint): boolean {
  if (kind !== undefined && !(kind === 'failure' ? isFailure(entry) : entry.kind === kind)) return false
  if (actor !== undefined && !('actor' in entry && entry.actor === actor)) return false
  if (state !== undefined) {
    if (entry.kind !== 'step' && entry.kind !== 'spawned') return false
    if (!comesInto(entry.state, state)) return false
    // Staying there is no arrival.
    if (entry.kind === 'step' && entry.edges.length === 0) return false
  }
  if (event !== undefined) {
    const type = entry.kind === 'step' ? entry.event : entry.kind === 'accepted' ? entry.event.type : undefined
    if (type !== event) return false
  }
  return text === undefined || JSON.stringify(entry).toLowerCase().includes(text.toLowerCase())
}

export function isFailure(entry: TraceEntry): boolean {
  if (entry.kind === 'dispatched') return entry.outcomes.some(({ failed }) => failed > 0)
  if (entry.kind === 'outcome') return entry.outcome.failed > 0
  if (entry.kind === 'note') return /violation|fault|failed/.test(entry.text)
  return entry.kind === 'step' && entry.edges.length > 0 && entry.state.some((id) => /(hung|faulted|failed)$/.test(id))
}

/** Of an entry what must be equal in two runs of one input: ids may be drawn by chance. */
function comparable(entry: TraceEntry, withClock: boolean): Record<string, unknown> {
  const { entry: _place, clock, ...rest } = entry
  const base: Record<string, unknown> = withClock ? { clock, ...rest } : { ...rest }
  if (entry.kind !== 'accepted') return base
  const { id: _id, causationId: _cause, ...event } = entry.event
  return { ...base, event }
}

/** Paths of the fields in which two entries differ; empty if they are the same. */
export function differences(first: TraceEntry, second: TraceEntry, withClock: boolean): string[] {
  const found: string[] = []
  const compare = (a: unknown, b: unknown, path: string): void => {
    if (Object.is(a, b)) return
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
      found.push(path)
      return
    }
    const keys = new Set([...Object.keys(a), ...Object.keys(b)])
    for (const key of keys)
      compare(
        (a as Record<string, unknown>)[key],
        (b as Record<string, unknown>)[key],
        path === '' ? key : `${path}.${key}`,
      )
  }
  compare(comparable(first, withClock), comparable(second, withClock), '')
  return found
}
