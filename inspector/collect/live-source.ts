import { type Engine, type Environment, OutcryError } from 'outcry'
import { type EnginePort, portOf } from 'outcry/actors'
import type { AnyActorRef } from 'xstate'
import {
  type ActorDetail,
  type ActorFigures,
  type Batch,
  type BreakerView,
  type ChartPoint,
  type Hello,
  PROTOCOL,
  type SequencePage,
} from '../protocol.js'
import { type ActorRecord, snapshotOf } from './actor-record.js'
import { Batcher } from './batcher.js'
import { Facts } from './facts.js'
import { breakerName, Figures } from './figures.js'
import { OverviewReader } from './overview.js'
import { type Bounds, shown } from './redact.js'
import { Sequence } from './sequence.js'
import { Series } from './series.js'
import { Tap } from './tap.js'

/** Between two batches. */
export const BATCH_MS = 100

export interface LiveSettings {
  readonly engine: Engine
  /** Whose clock the page follows: the machine's, whatever clock the engine runs on. */
  readonly environment: Environment
  readonly run: string
  readonly version: string
  readonly allowActions: boolean
  readonly bounds: Bounds
}

/** A running engine as the page sees it. While nobody looks it reads a few counters once a second. */
export class LiveSource {
  readonly run: string
  sequence = 0
  private readonly plane: EnginePort['plane']
  private readonly tap: Tap
  private readonly batcher: Batcher
  private readonly figures: Figures
  private readonly overview: OverviewReader
  private readonly sequenceView: Sequence
  private readonly series: Series
  private readonly since: number
  private facts: Facts | undefined
  private fresh: ChartPoint[] = []
  private figuresDue = false
  private sampledAt: number
  private toldFigures = new Map<number, string>()

  constructor(private readonly settings: LiveSettings) {
    const { engine, environment, run, bounds } = settings
    const port = portOf(engine)
    const root = port.root ?? (port.plane.actor as AnyActorRef | undefined)
    if (root === undefined) throw new OutcryError('OUTCRY_ENGINE_STATE', 'The engine has no actor to look at yet.')
    this.run = run
    this.plane = port.plane
    this.tap = new Tap(root, environment)
    this.batcher = new Batcher(this.tap)
    this.figures = new Figures(port.plane)
    this.overview = new OverviewReader(engine, environment)
    this.sequenceView = new Sequence(engine, port.plane, this.tap, environment, bounds)
    this.series = new Series(port.plane)
    this.since = environment.now()
    this.sampledAt = environment.monotonic()
  }

  get looking(): boolean {
    return this.tap.attached
  }

  /** Somebody looks: from now on every step is seen. */
  look(): void {
    if (this.tap.attached) return
    this.tap.attach()
    this.facts = new Facts(this.settings.engine, () => this.settings.environment.now())
    // What was there before is told as a whole.
    this.tap.added = []
  }

  /** Nobody looks any more: the engine is left alone. */
  lookAway(): void {
    this.sequenceView.end()
    this.tap.detach()
    this.overview.close()
    this.facts?.close()
    this.facts = undefined
    this.toldFigures = new Map()
  }

  /** Once a second, whether somebody looks or not. */
  second(): void {
    const { environment } = this.settings
    const now = environment.monotonic()
    if (this.tap.attached) {
      this.figures.sample(this.tap.records.values(), now - this.sampledAt)
      this.fresh.push(this.series.add(environment.now()))
    } else {
      this.series.add(environment.now())
    }
    this.sampledAt = now
    this.figuresDue = true
    this.sequenceView.look()
  }

  hello(): Hello {
    const { environment, run, version, allowActions } = this.settings
    this.look()
    const { actors, machines } = this.batcher.snapshot()
    return {
      protocol: PROTOCOL,
      mode: 'live',
      run,
      version,
      at: environment.now(),
      clock: this.plane.environment.now(),
      since: this.since,
      allowActions,
      intervalMs: BATCH_MS,
      machines,
      actors,
      figures: [...this.tap.records.values()].map((record) => this.figures.read(record)),
      series: this.series.points,
      overview: this.overview.read(),
    }
  }

  batch(): Batch {
    const { environment } = this.settings
    const { added, removed, changed, edges, unhandled, machines, skippedSteps, left } = this.batcher.take()
    for (const actor of removed) {
      this.figures.forget(actor)
      this.toldFigures.delete(actor)
    }
    const figures = this.changedFigures()
    const series = this.fresh
    this.fresh = []
    const facts = this.facts?.take() ?? []
    this.sequence += 1
    return {
      sequence: this.sequence,
      at: environment.now(),
      clock: this.plane.environment.now(),
      ...(Object.keys(machines).length === 0 ? {} : { machines }),
      ...some('added', added),
      ...some('removed', removed),
      ...some('changed', changed),
      ...some('edges', edges),
      ...some('unhandled', unhandled),
      ...some('figures', figures),
      ...some('series', series),
      ...some('facts', facts),
      overview: this.overview.read(),
      skipped: {
        steps: skippedSteps,
        messages: this.sequenceView.skipped,
        changes: left,
        facts: this.facts?.skipped ?? 0,
      },
    }
  }

  /** Undefined if there is no such actor. */
  actor(number: number): ActorDetail | undefined {
    this.look()
    const record = this.tap.byNumber.get(number)
    if (record === undefined) return undefined
    const at = this.settings.environment.now()
    const { value, leftOut } = shown(this.contextOf(record), this.settings.bounds)
    const breaker = this.breakerOf(record)
    return {
      actor: record.actor,
      path: record.path,
      at,
      state: record.state,
      status: record.status,
      context: value,
      contextLeftOut: leftOut,
      visits: [...record.visits],
      dwellMs: record.dwell(at),
      steps: record.steps.list(this.tap.pathOf),
      figures: this.figures.read(record),
      ...(breaker === undefined ? {} : { breaker }),
    }
  }

  sequencePage(after: number): SequencePage {
    this.look()
    return this.sequenceView.page(after)
  }

  close(): void {
    this.lookAway()
  }

  /** Once a second, those that have changed: most have not. */
  private changedFigures(): ActorFigures[] {
    if (!this.figuresDue) return []
    this.figuresDue = false
    const changed: ActorFigures[] = []
    for (const record of this.tap.records.values()) {
      const figures = this.figures.read(record)
      const text = JSON.stringify(figures)
      if (this.toldFigures.get(record.actor) === text) continue
      this.toldFigures.set(record.actor, text)
      changed.push(figures)
    }
    return changed
  }

  /** A machine's context, in which the data plane's side is an object of the engine's own: its name is enough. */
  private contextOf(record: ActorRecord): unknown {
    const context = snapshotOf(record.ref)?.context
    if (typeof context !== 'object' || context === null) return context ?? null
    const out: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(context)) out[key] = isEnginePart(value) ? summary(value) : value
    if (record.kind !== 'strategy') return out
    const runtime = this.plane.runtimeOf(record.ref.id)
    return { ...out, runtime: runtime?.toJSON(), state: runtime?.state }
  }

  private breakerOf({ kind, ref }: ActorRecord): BreakerView | undefined {
    if (kind !== 'strategy' && kind !== 'breaker') return undefined
    const breaker = this.plane.stage.breaker(breakerName(ref.id))
    if (breaker === undefined) return undefined
    const { name, calls, failureRate, slowCallRate, openings, retryAfterMs } = breaker.reading()
    return { name, state: breaker.state, calls, failureRate, slowCallRate, openings, retryAfterMs }
  }
}

const some = <K extends string, T>(key: K, list: readonly T[]): { [P in K]?: readonly T[] } =>
  list.length === 0 ? {} : ({ [key]: list } as { [P in K]?: readonly T[] })

/** An instance of a class, which a machine's context only passes on. */
function isEnginePart(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Error) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== Object.prototype && prototype !== null && !('toJSON' in value) && !('getSnapshot' in value)
}

const summary = (value: object): string => `[${(value.constructor as { readonly name?: string }).name ?? 'object'}]`
