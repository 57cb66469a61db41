import { CRITERIA, type Criterion } from './criteria.js'
import { Hysteresis } from './hysteresis.js'
import type { HealthSettings } from './options.js'
import type { HealthReading } from './reading.js'
import { HEALTHY, type HealthReason, type HealthReport, type HealthStatus } from './report.js'
import { Trends } from './trends.js'

/** One criterion and where it stands. */
interface Watched {
  readonly criterion: Criterion
  readonly hysteresis: Hysteresis
  status: HealthStatus
  since: number
}

/**
 * The one place that judges: readings in, reasons out. It knows no clock and asks nobody; what it
 * remembers is one state a criterion and one row of figures a look of the window.
 */
export class HealthJudge {
  report: HealthReport = HEALTHY
  private readonly trends: Trends
  private readonly watched: readonly Watched[]

  constructor(private readonly settings: HealthSettings) {
    const { enterTicks, leaveTicks, release } = settings
    this.trends = new Trends(settings)
    this.watched = CRITERIA.map((criterion) => ({
      criterion,
      hysteresis: new Hysteresis({ enterTicks: criterion.lasting ? 1 : enterTicks, leaveTicks, release }),
      status: 'healthy',
      since: 0,
    }))
  }

  /** Takes the reading that the first judgement compares with. */
  begin(reading: HealthReading): void {
    this.trends.take(reading)
  }

  /** True if a reason came, went or changed its severity; figures alone are no change. */
  judge(reading: HealthReading): boolean {
    const trend = this.trends.take(reading)
    const reasons: HealthReason[] = []
    let changed = false
    for (const watched of this.watched) {
      const { criterion, hysteresis } = watched
      const value = criterion.value(reading, trend)
      const levels = criterion.levels(this.settings, reading)
      const before = watched.status
      const status = hysteresis.look(value, levels)
      watched.status = status
      if (status !== before) changed = true
      if (status === 'healthy') continue
      if (before === 'healthy') watched.since = reading.at
      reasons.push({
        code: criterion.code,
        severity: status,
        message: criterion.message(value, reading, trend),
        since: watched.since,
        value,
        threshold: levels[status],
      })
    }
    this.report = reasons.length === 0 ? HEALTHY : { status: worst(reasons), reasons }
    return changed
  }
}

const worst = (reasons: readonly HealthReason[]): HealthStatus =>
  reasons.some(({ severity }) => severity === 'critical') ? 'critical' : 'degraded'
