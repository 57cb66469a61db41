import { HealthJudge } from '../../src/health/judge.js'
import { type HealthOptions, healthOptions } from '../../src/health/options.js'
import type { HealthReading, Trouble } from '../../src/health/reading.js'

export const settingsOf = (options: HealthOptions = {}) => healthOptions.parse(options)

const NOBODY: Trouble = { total: 3, count: 0, names: [] }

/** So many of three are in trouble. */
export const trouble = (count: number, total = 3): Trouble => ({
  total,
  count,
  names: Array.from({ length: Math.min(5, count) }, (_, at) => `n${at + 1}`),
})

/** An engine in good health. */
export const GOOD: HealthReading = {
  at: 0,
  machineMs: 0,
  held: false,
  queue: { depth: 0, size: 0, capacity: 1_000, throttled: false, crossings: 0 },
  accepted: 0,
  ended: 0,
  delivered: 0,
  failed: 0,
  loopDelayMs: 0,
  heapShare: 0.1,
  deadLettersFull: false,
  deadLettersShare: 0,
  breakersOpen: NOBODY,
  feedsFailed: NOBODY,
  feedsEnded: NOBODY,
  strategiesHung: NOBODY,
  strategiesFaulted: NOBODY,
  journalFailing: NOBODY,
  sinksFailing: NOBODY,
}

/** Judges reading after reading, a second apart; what a reading does not say stays as it was. */
export function patient(options: HealthOptions = {}) {
  const judge = new HealthJudge(settingsOf(options))
  let reading: HealthReading = { ...GOOD, at: 1_000_000 }
  judge.begin(reading)
  return {
    judge,
    /** One look after `ms`; true if the reasons changed. */
    look(change: Partial<HealthReading> = {}, ms = 1_000): boolean {
      reading = { ...reading, ...change, at: reading.at + ms, machineMs: reading.machineMs + ms }
      return judge.judge(reading)
    },
    get reading() {
      return reading
    },
    get codes() {
      return judge.report.reasons.map(({ code, severity }) => `${code} ${severity}`)
    },
  }
}
