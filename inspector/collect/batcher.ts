import type { ActorChange, ActorRow, Batch, MachineDefinition, Unhandled } from '../protocol.js'
import type { ActorRecord } from './actor-record.js'
import { STEPS_KEPT } from './step-ring.js'
import type { Tap } from './tap.js'

/** Actors that one batch tells of; more wait for the next. */
const CHANGES = 2_000

/** What the actors did since the batch before. */
export type ActorBatch = Required<Pick<Batch, 'added' | 'removed' | 'changed' | 'edges' | 'unhandled' | 'machines'>> & {
  readonly skippedSteps: number
  readonly left: number
}

/** Turns what a tap has collected into batches of bounded size. */
export class Batcher {
  private readonly told = new Set<string>()

  constructor(private readonly tap: Tap) {}

  /** All there is: what comes next is told against this. */
  snapshot(): { readonly actors: ActorRow[]; readonly machines: Record<string, MachineDefinition> } {
    const { tap } = this
    this.told.clear()
    for (const id of Object.keys(tap.machines)) this.told.add(id)
    return { actors: [...tap.records.values()].map((record) => record.row()), machines: { ...tap.machines } }
  }

  take(): ActorBatch {
    const { tap } = this
    tap.settle()
    const taken = tap.dirty.length <= CHANGES ? tap.dirty : tap.dirty.slice(0, CHANGES)
    tap.dirty = tap.dirty.length <= CHANGES ? [] : tap.dirty.slice(CHANGES)
    const added = tap.added.filter(({ status }) => status !== 'stopped').map((record) => record.row())
    tap.added = []
    const changed: ActorChange[] = []
    const edges: number[] = []
    const unhandled: Unhandled[] = []
    let skippedSteps = 0
    for (const record of taken) {
      record.dirty = false
      skippedSteps += Math.max(0, record.stepsSinceBatch - STEPS_KEPT)
      record.stepsSinceBatch = 0
      takeEdges(record, edges)
      takeUnhandled(record, unhandled)
      if (record.moved) changed.push(changeOf(record))
      record.moved = false
      if (record.status === 'stopped') tap.forget(record)
    }
    const { removed } = tap
    tap.removed = []
    return {
      added,
      removed,
      changed,
      edges,
      unhandled,
      machines: this.newMachines(),
      skippedSteps,
      left: tap.dirty.length,
    }
  }

  private newMachines(): Record<string, MachineDefinition> {
    const fresh: Record<string, MachineDefinition> = {}
    for (const [id, machine] of Object.entries(this.tap.machines)) {
      if (this.told.has(id)) continue
      this.told.add(id)
      fresh[id] = machine
    }
    return fresh
  }
}

function changeOf({ actor, state, status, since, edge, event }: ActorRecord): ActorChange {
  return {
    actor,
    state,
    status,
    since,
    ...(edge === undefined ? {} : { edge }),
    ...(event === undefined ? {} : { event }),
  }
}

function takeEdges({ actor, visits, told }: ActorRecord, into: number[]): void {
  for (let place = 0; place < visits.length; place++) {
    const visited = visits[place] ?? 0
    const before = told[place] ?? 0
    if (visited === before) continue
    into.push(actor, place, visited - before)
    told[place] = visited
  }
}

function takeUnhandled(record: ActorRecord, into: Unhandled[]): void {
  if (record.unhandledNow === undefined) return
  for (const [event, count] of record.unhandledNow) into.push({ actor: record.actor, event, count })
  record.unhandledNow = undefined
}
