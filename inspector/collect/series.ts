import type { EnginePort } from 'outcry/actors'
import type { ChartPoint } from '../protocol.js'

/** Points kept: five minutes. */
const POINTS = 300
/** Buckets told: up to 2^14 ms. */
const BUCKETS = 24

interface Totals {
  accepted: number
  settled: number
  signals: number
  entered: number
}

/** The charts' points, one a second, read from counters that the engine keeps anyway. */
export class Series {
  readonly points: ChartPoint[] = []
  private before: Totals
  private octaves: Float64Array
  private spare: Float64Array

  constructor(private readonly plane: EnginePort['plane']) {
    this.before = this.totals()
    this.octaves = plane.latency.octaves()
    this.spare = new Float64Array(this.octaves.length)
  }

  /** @param at UTC epoch milliseconds. */
  add(at: number): ChartPoint {
    const { plane, before } = this
    const now = this.totals()
    const octaves = plane.latency.octaves(this.spare)
    const latency: number[] = []
    for (let bucket = 0; bucket < BUCKETS; bucket++) latency.push((octaves[bucket] ?? 0) - (this.octaves[bucket] ?? 0))
    while (latency.length > 0 && latency.at(-1) === 0) latency.pop()
    this.spare = this.octaves
    this.octaves = octaves
    this.before = now
    const point: ChartPoint = {
      at,
      accepted: now.accepted - before.accepted,
      settled: now.settled - before.settled,
      signals: now.signals - before.signals,
      depth: plane.queue.depth,
      deadLettersEntered: now.entered - before.entered,
      deadLettersHeld: plane.deadLetters.store.held,
      latency,
    }
    this.points.push(point)
    if (this.points.length > POINTS) this.points.shift()
    return point
  }

  private totals(): Totals {
    const { events, derived } = this.plane.book
    return {
      accepted: events.figures.accepted + derived.figures.accepted,
      settled: events.figures.settled + derived.figures.settled,
      signals: this.plane.signals.accepted,
      entered: this.plane.deadLetters.ledger.entered,
    }
  }
}
