import type {
  ActorFigures,
  ActorRow,
  Batch,
  ChartPoint,
  Fact,
  Hello,
  MachineDefinition,
  Overview,
  Skipped,
} from '../../protocol.js'

/** One actor as it stands now. Kept and changed in place: a thousand of them change ten times a second. */
export interface Actor {
  readonly row: ActorRow
  state: readonly string[]
  status: ActorRow['status']
  since: number
  /** It has been there since before anybody looked. */
  sinceLooked: boolean
  figures: ActorFigures
  /** Numbers of its children, in the order in which they came. */
  readonly children: number[]
  /** The last edge that it took, and the event that made it. */
  edge: number | undefined
  event: string | undefined
  /** The batch in which it last moved. */
  movedIn: number
  /** Events its states had no answer to, since the page looks. */
  unhandled: number
  lastUnhandled: string | undefined
}

/** Points of the charts that are kept: five minutes. */
const MAX_POINTS = 300
const MAX_FACTS = 200

const NOTHING_SKIPPED: Skipped = { steps: 0, messages: 0, changes: 0, facts: 0 }

const actorOf = (row: ActorRow): Actor => ({
  row,
  state: row.state,
  status: row.status,
  since: row.since,
  sinceLooked: row.sinceLooked ?? false,
  figures: { actor: row.actor },
  children: [],
  edge: undefined,
  event: undefined,
  movedIn: 0,
  unhandled: 0,
  lastUnhandled: undefined,
})

/** All that the stream has told: a hello, and the batches since. */
export class World {
  readonly actors = new Map<number, Actor>()
  readonly machines = new Map<string, MachineDefinition>()
  readonly roots: number[] = []
  readonly series: ChartPoint[] = []
  readonly facts: Fact[] = []
  overview: Overview
  at: number
  clock: number
  sequence = 0
  /** Raised whenever an actor came or went. */
  shape = 0
  skipped: Skipped = NOTHING_SKIPPED

  constructor(readonly hello: Hello) {
    this.overview = hello.overview
    this.at = hello.at
    this.clock = hello.clock
    this.learn(hello.machines)
    for (const row of hello.actors) this.add(row)
    this.measure(hello.figures)
    this.series.push(...hello.series.slice(-MAX_POINTS))
  }

  apply(batch: Batch): void {
    this.sequence = batch.sequence
    this.at = batch.at
    this.clock = batch.clock
    this.overview = batch.overview
    if (batch.machines !== undefined) this.learn(batch.machines)
    for (const row of batch.added ?? []) this.add(row)
    for (const change of batch.changed ?? []) {
      const actor = this.actors.get(change.actor)
      if (actor === undefined) continue
      actor.state = change.state
      actor.status = change.status
      if (change.since !== actor.since) actor.sinceLooked = false
      actor.since = change.since
      actor.edge = change.edge ?? actor.edge
      actor.event = change.event ?? actor.event
      actor.movedIn = batch.sequence
    }
    for (const { actor: number, event, count } of batch.unhandled ?? []) {
      const actor = this.actors.get(number)
      if (actor === undefined) continue
      actor.unhandled += count
      actor.lastUnhandled = event
    }
    this.measure(batch.figures ?? [])
    for (const number of batch.removed ?? []) this.remove(number)
    append(this.series, batch.series, MAX_POINTS)
    append(this.facts, batch.facts, MAX_FACTS)
    const { steps, messages, changes, facts } = batch.skipped
    this.skipped = {
      steps: this.skipped.steps + steps,
      messages: this.skipped.messages + messages,
      changes: this.skipped.changes + changes,
      facts: this.skipped.facts + facts,
    }
  }

  /** What the stream would say to somebody who joins now. */
  toHello(): Hello {
    const actors = [...this.actors.values()]
    return {
      ...this.hello,
      at: this.at,
      clock: this.clock,
      machines: Object.fromEntries(this.machines),
      actors: actors.map(({ row, state, status, since, sinceLooked }) => ({
        ...row,
        state,
        status,
        since,
        sinceLooked,
      })),
      figures: actors.map(({ figures }) => figures),
      series: [...this.series],
      overview: this.overview,
    }
  }

  private learn(machines: Readonly<Record<string, MachineDefinition>>): void {
    for (const [id, machine] of Object.entries(machines)) this.machines.set(id, machine)
  }

  private add(row: ActorRow): void {
    if (this.actors.has(row.actor)) return
    this.actors.set(row.actor, actorOf(row))
    const parent = row.parent === undefined ? undefined : this.actors.get(row.parent)
    if (parent === undefined) this.roots.push(row.actor)
    else parent.children.push(row.actor)
    this.shape += 1
  }

  private remove(number: number): void {
    const actor = this.actors.get(number)
    if (actor === undefined) return
    this.actors.delete(number)
    const { parent } = actor.row
    const siblings = (parent === undefined ? undefined : this.actors.get(parent)?.children) ?? this.roots
    const at = siblings.indexOf(number)
    if (at >= 0) siblings.splice(at, 1)
    this.shape += 1
  }

  private measure(figures: readonly ActorFigures[]): void {
    for (const one of figures) {
      const actor = this.actors.get(one.actor)
      if (actor !== undefined) actor.figures = one
    }
  }
}

function append<T>(list: T[], more: readonly T[] | undefined, atMost: number): void {
  if (more === undefined) return
  list.push(...more)
  if (list.length > atMost) list.splice(0, list.length - atMost)
}
