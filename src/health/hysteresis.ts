import type { HealthStatus } from './report.js'

/** What a value is held against. A threshold of Infinity is never met. */
export interface Levels {
  readonly degraded: number
  readonly critical: number
}

export interface HysteresisOptions {
  /** Looks in a row at or above a threshold before it counts as passed. */
  readonly enterTicks: number
  /** Looks in a row below the lower threshold before it counts as left. */
  readonly leaveTicks: number
  /** The lower threshold as a share of the upper. */
  readonly release: number
}

/** One threshold with two edges: what hovers about either of them changes nothing. */
class Gate {
  passed = false
  private streak = 0

  look(value: number, threshold: number, { enterTicks, leaveTicks, release }: HysteresisOptions): void {
    const onward = this.passed ? value < threshold * release : value >= threshold
    this.streak = onward ? this.streak + 1 : 0
    if (this.streak < (this.passed ? leaveTicks : enterTicks)) return
    this.passed = !this.passed
    this.streak = 0
  }
}

/** Turns a measured value into a severity that does not flap. */
export class Hysteresis {
  private readonly degraded = new Gate()
  private readonly critical = new Gate()

  constructor(private readonly options: HysteresisOptions) {}

  look(value: number, levels: Levels): HealthStatus {
    this.degraded.look(value, levels.degraded, this.options)
    this.critical.look(value, levels.critical, this.options)
    if (this.critical.passed) return 'critical'
    return this.degraded.passed ? 'degraded' : 'healthy'
  }
}
