import type { AnyActorRef, AnyStateNode } from 'xstate'
import type { Definition } from '../definition.js'
import type { ActorKind, ActorRow } from '../protocol.js'
import { Durations } from './durations.js'
import { StepRing } from './step-ring.js'

/** What a snapshot of any actor may hold; a callback's has no nodes. */
export interface SnapshotLike {
  readonly status: ActorRow['status']
  readonly context?: unknown
  readonly children?: Readonly<Record<string, AnyActorRef | undefined>>
  readonly _nodes?: readonly AnyStateNode[]
}

/** Undefined while the actor is still making its first one. */
export function snapshotOf(ref: AnyActorRef): SnapshotLike | undefined {
  try {
    return ref.getSnapshot() as SnapshotLike | undefined
  } catch {
    return undefined
  }
}

const NOWHERE: readonly string[] = []

/** Ids of the innermost states that a snapshot is in. */
export function leavesOf({ _nodes }: SnapshotLike): readonly string[] {
  if (_nodes === undefined) return NOWHERE
  const leaves: string[] = []
  for (const node of _nodes) if (node.type === 'atomic' || node.type === 'final') leaves.push(node.id)
  return leaves
}

/** What the collector knows of one actor. */
export class ActorRecord {
  state: readonly string[]
  status: ActorRow['status'] = 'active'
  /** When it came into its state: UTC epoch milliseconds. */
  since: number
  /** It was there before it was looked at, which is what `since` says then: actors do not know when they moved. */
  sinceLooked = false
  /** Something happened since the last batch. */
  dirty = false
  /** It moved to another state, or ended, since the last batch. */
  moved = false
  /** How often each edge was taken, by its place. */
  readonly visits: Float64Array
  /** The same as of the last batch. */
  readonly told: Float64Array
  readonly dwellMs = new Map<string, number>()
  readonly steps = new StepRing()
  readonly durations = new Durations()
  /** Microsteps since the last batch. */
  stepsSinceBatch = 0
  /** The last edge that led somewhere, and the event that took it. */
  edge: number | undefined
  event: string | undefined
  /** Who sent the message that comes next. */
  from: number | undefined
  /** When the message that it handles reached it, on the machine's clock; 0 while it handles none. */
  calledAt = 0
  unhandled = 0
  /** Events without an answer since the last batch, by type. */
  unhandledNow: Map<string, number> | undefined

  constructor(
    readonly actor: number,
    readonly ref: AnyActorRef,
    readonly parent: number | undefined,
    readonly path: string,
    readonly kind: ActorKind,
    readonly definition: Definition | undefined,
    at: number,
  ) {
    const edges = definition?.machine.edges.length ?? 0
    this.visits = new Float64Array(edges)
    this.told = new Float64Array(edges)
    this.since = at
    const snapshot = snapshotOf(ref)
    this.state = snapshot === undefined ? NOWHERE : leavesOf(snapshot)
  }

  /** It may have come into another state. */
  move(snapshot: SnapshotLike, at: number): void {
    const leaves = leavesOf(snapshot)
    const { state } = this
    if (leaves.length === state.length && leaves.every((leaf, index) => leaf === state[index])) return
    this.settleDwell(at)
    this.state = leaves
    this.since = at
    this.sinceLooked = false
    this.moved = true
  }

  /** Adds the time spent in the present state until `at`. */
  private settleDwell(at: number): void {
    const stay = Math.max(0, at - this.since)
    for (const leaf of this.state) this.dwellMs.set(leaf, (this.dwellMs.get(leaf) ?? 0) + stay)
  }

  /** The present stay included. Milliseconds. */
  dwell(at: number): Record<string, number> {
    const all = Object.fromEntries(this.dwellMs)
    for (const leaf of this.state) all[leaf] = (all[leaf] ?? 0) + Math.max(0, at - this.since)
    return all
  }

  row(): ActorRow {
    const { actor, path, ref, parent, definition, kind, state, status, since, sinceLooked } = this
    const row = { actor, path, name: ref.id, parent, machine: definition?.machine.id, kind, state, status, since }
    return sinceLooked ? { ...row, sinceLooked } : row
  }
}
