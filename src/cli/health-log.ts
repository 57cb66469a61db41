import type { HealthCode, HealthReason, HealthReport, HealthSeverity } from '../health/report.js'

/** One reason for which an engine was not healthy, over a whole run. */
export interface Ailment {
  readonly code: HealthCode
  /** The worst that it came to. */
  readonly severity: HealthSeverity
  /** As it was said when it first came to that. */
  readonly message: string
  /** How often it came. */
  readonly times: number
  /** It was there at the last look. */
  readonly lasting: boolean
}

/** Remembers why an engine was not healthy: a line a code, whatever the length of the run. */
export class HealthLog {
  private readonly ailments = new Map<HealthCode, Ailment>()

  /** Takes each report as it comes: one a change. */
  add({ reasons }: HealthReport): void {
    const present = new Set(reasons.map(({ code }) => code))
    for (const [code, ailment] of this.ailments) {
      if (!present.has(code)) this.ailments.set(code, { ...ailment, lasting: false })
    }
    for (const reason of reasons) this.take(reason)
  }

  /** The critical ones first, else in the order in which they came. */
  list(): readonly Ailment[] {
    return [...this.ailments.values()].sort((a, b) => rank(a) - rank(b))
  }

  private take({ code, severity, message }: HealthReason): void {
    const before = this.ailments.get(code)
    const times = before === undefined ? 1 : before.times + (before.lasting ? 0 : 1)
    const worse = before === undefined || (severity === 'critical' && before.severity === 'degraded')
    this.ailments.set(code, {
      code,
      severity: worse ? severity : before.severity,
      message: worse ? message : before.message,
      times,
      lasting: true,
    })
  }
}

const rank = ({ severity }: Ailment): number => (severity === 'critical' ? 0 : 1)
