import type { LatencySummary } from '../../actors/api.js'
import type { DeadLetterLedger, DeliveryLedger, EventLedger, Ledger } from '../metrics/ledger.js'
import { rounded } from './format.js'

/** What `outcry run --json` prints. */
export interface RunResult {
  readonly events: Readonly<EventLedger>
  readonly deliveries: Readonly<DeliveryLedger>
  readonly deadLetters: Readonly<DeadLetterLedger>
  /** Signals that strategies answered with. */
  readonly signals: number
  /** From the start of the engine to its last settled event. */
  readonly elapsedMs: number
  /** Published events a second. */
  readonly eventsPerSecond: number
  readonly latencyMs: LatencySummary
  /** The most memory the process ever held, in units of 1,000,000 bytes. */
  readonly peakRssMb: number
  /** 16 hexadecimal digits; null where the run has none, as a live one. */
  readonly digest: string | null
}

/** What a result is made of. */
export interface Figures {
  readonly ledger: Ledger
  readonly signals: number
  readonly elapsedMs: number
  readonly latency: LatencySummary
  /** As the operating system counts it: kibibytes. */
  readonly maxRssKiB: number
  readonly digest: string | undefined
}

/** Field by field, so that the printed object has these names in this order whatever the engine adds. */
export function runResult({ ledger, signals, elapsedMs, latency, maxRssKiB, digest }: Figures): RunResult {
  const { events: e, deliveries: d, deadLetters: l } = ledger
  return {
    events: {
      published: e.published,
      invalid: e.invalid,
      duplicate: e.duplicate,
      refused: e.refused,
      accepted: e.accepted,
      settled: e.settled,
      conflated: e.conflated,
      expired: e.expired,
      evicted: e.evicted,
      abandoned: e.abandoned,
      queued: e.queued,
      inFlight: e.inFlight,
      late: e.late,
    },
    deliveries: {
      due: d.due,
      succeeded: d.succeeded,
      deadLettered: d.deadLettered,
      skipped: d.skipped,
      abandoned: d.abandoned,
      inFlight: d.inFlight,
    },
    deadLetters: {
      entered: l.entered,
      held: l.held,
      redriven: l.redriven,
      discarded: l.discarded,
      evicted: l.evicted,
    },
    signals,
    elapsedMs: rounded(elapsedMs, 1),
    eventsPerSecond: elapsedMs > 0 ? Math.round((e.published / elapsedMs) * 1_000) : 0,
    latencyMs: { p50: rounded(latency.p50, 3), p99: rounded(latency.p99, 3), max: rounded(latency.max, 3) },
    peakRssMb: rounded((maxRssKiB * 1_024) / 1_000_000, 1),
    digest: digest ?? null,
  }
}
