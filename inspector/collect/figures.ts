import type { EnginePort } from 'outcry/actors'
import type { ActorFigures } from '../protocol.js'
import type { ActorRecord } from './actor-record.js'

type Plane = EnginePort['plane']

const round = (value: number): number => Math.round(value * 1_000) / 1_000

/** Reads what each actor has done from the data plane. Rates are between two reads, once a second. */
export class Figures {
  private readonly rates = new Map<number, { delivered: number; perSecond: number }>()

  constructor(private readonly plane: Plane) {}

  /** Takes the rates of the last second. */
  sample(records: Iterable<ActorRecord>, elapsedMs: number): void {
    for (const record of records) {
      const delivered = this.deliveredTo(record)
      if (delivered === undefined) continue
      const before = this.rates.get(record.actor)
      const perSecond = before === undefined ? 0 : ((delivered - before.delivered) * 1_000) / Math.max(1, elapsedMs)
      this.rates.set(record.actor, { delivered, perSecond: Math.round(perSecond) })
    }
  }

  forget(actor: number): void {
    this.rates.delete(actor)
  }

  read(record: ActorRecord): ActorFigures {
    const { actor, kind, unhandled } = record
    const eventsPerSecond = this.rates.get(actor)?.perSecond
    const base = {
      actor,
      ...(unhandled === 0 ? {} : { unhandled }),
      ...(eventsPerSecond === undefined ? {} : { eventsPerSecond }),
    }
    if (kind === 'engine') return { ...base, depth: this.plane.queue.depth }
    if (kind === 'strategy') return { ...base, ...this.strategy(record) }
    if (kind === 'breaker') return { ...base, breaker: this.breakerState(record) ?? 'stopped' }
    if (kind === 'sink') return { ...base, ...this.sink(record) }
    return base
  }

  private strategy(record: ActorRecord): Omit<ActorFigures, 'actor'> {
    const name = record.ref.id
    const runtime = this.plane.runtimeOf(name)
    if (runtime === undefined) return {}
    const { delivered, failed, skipped, signals, restarts } = runtime.counts
    const p99Ms = record.durations.percentile(99)
    const breaker = this.plane.stage.breaker(name)?.state
    return {
      depth: runtime.backlog,
      delivered,
      failed,
      skipped,
      signals,
      restarts,
      ...(p99Ms === undefined ? {} : { p99Ms: round(p99Ms) }),
      ...(breaker === undefined ? {} : { breaker }),
    }
  }

  private sink({ ref }: ActorRecord): Omit<ActorFigures, 'actor'> {
    const outbox = this.plane.outboxes[Number(ref.id.replace('sink-', '')) - 1]
    if (outbox === undefined) return {}
    const { written, failed, dropped } = outbox.counts
    const breaker = this.plane.stage.breaker(`sink:${outbox.sink.name}`)?.state
    return {
      depth: outbox.unsettled,
      delivered: written,
      failed,
      skipped: dropped,
      ...(breaker === undefined ? {} : { breaker }),
    }
  }

  private breakerState({ ref }: ActorRecord): string | undefined {
    return this.plane.stage.breaker(breakerName(ref.id))?.state
  }

  private deliveredTo({ kind, ref }: ActorRecord): number | undefined {
    if (kind === 'strategy') return this.plane.runtimeOf(ref.id)?.counts.delivered
    if (kind !== 'engine') return undefined
    const { events, derived } = this.plane.book
    return events.figures.settled + derived.figures.settled
  }
}

/** `breaker:momentum` guards the strategy `momentum`, `breaker:sink:broker` the sink `broker`. */
export const breakerName = (id: string): string => id.replace(/^breaker:/, '')
