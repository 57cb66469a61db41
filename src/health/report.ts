/** What can be wrong with an engine, each with a threshold of its own. */
export const HEALTH_CODES = [
  'queue-depth',
  'queue-throttled',
  'arrival-rate',
  'error-rate',
  'event-loop-delay',
  'memory',
  'breaker-open',
  'feed-failed',
  'feed-ended',
  'strategy-hung',
  'strategy-faulted',
  'dead-letters-full',
  'sink-failing',
  'journal-failing',
  'stalled',
] as const

export type HealthCode = (typeof HEALTH_CODES)[number]

/** `degraded`: it works, and somebody should look. `critical`: it does not do what it is there for. */
export type HealthSeverity = 'degraded' | 'critical'

/** The worst severity of all reasons. */
export type HealthStatus = 'healthy' | HealthSeverity

/** One thing that is wrong. */
export interface HealthReason {
  readonly code: HealthCode
  readonly severity: HealthSeverity
  /** A sentence for a person, with the figures of the last look. */
  readonly message: string
  /** When it was first found, on the run's clock: UTC epoch milliseconds. */
  readonly since: number
  /** What was measured at the last look, in the unit of its threshold. */
  readonly value: number
  /** The threshold of its severity; `value` may be below it while the reason is being left. */
  readonly threshold: number
}

/** The engine's health as of the last look. */
export interface HealthReport {
  readonly status: HealthStatus
  /** One a code at most, in the order of the codes; empty while healthy. */
  readonly reasons: readonly HealthReason[]
}

export const HEALTHY: HealthReport = { status: 'healthy', reasons: [] }
