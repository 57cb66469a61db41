/**
 * Places that a simulation must come to at some time, over the seeds of CI: an oracle that never saw
 * a full queue proves nothing about full queues.
 */
export const MARKS = [
  'queue-full',
  'queue-throttled',
  'publisher-waited',
  'publisher-timed-out',
  'publisher-released-by-stop',
  'publisher-turned-away',
  'event-evicted',
  'event-refused',
  'event-duplicate',
  'event-conflated',
  'event-deferred',
  'event-conflated-in-window',
  'event-expired',
  'source-rate-limited',
  'strategy-rate-limited',
  'event-invalid',
  'event-abandoned',
  'headroom-used',
  'overflow-dead-lettered',
  'lane-aged',
  'chunk-held',
  'chunk-shrunk',
  'chunk-bisected',
  'event-retried',
  'event-poison',
  'handler-timed-out',
  'laggard-detached',
  'late-answer-dropped',
  'backlog-refused',
  'delivery-skipped',
  'signal-published',
  'signal-refused',
  'breaker-opened',
  'breaker-half-open',
  'breaker-recovered',
  'dependency-stale',
  'dependency-permits-exhausted',
  'dependency-probe-lost',
  'dependency-recovered',
  'dead-letter-evicted',
  'dead-letter-redriven',
  'dead-letter-discarded',
  'sink-retried',
  'sink-gave-up',
  'sink-breaker-opened',
  'sink-breaker-recovered',
  'sink-rejected',
  'listener-threw',
  'logger-threw',
  'inspector-threw',
  'feed-disconnected',
  'feed-refused',
  'feed-disturbed',
  'clock-jumped',
  'clock-set-back',
  'loop-stalled',
  'engine-paused',
  'engine-restarted',
  'engine-failed',
  'engine-halted',
  'symbol-halted',
  'signal-withheld',
  'engine-start-failed',
  'strategy-restarted',
  'strategy-given-up',
  'strategy-paused',
  'strategy-replaced',
  'strategy-restarted-by-hand',
  'strategy-came-and-went',
  'journal-failing',
  'journal-refused',
  'journal-bypassed',
  'journal-recovered',
  'journal-redelivered',
  'engine-crashed',
  'workers-grew',
  'workers-retired',
] as const
export type Mark = (typeof MARKS)[number]

/** How often each mark was reached. */
export class Marks {
  private readonly counts = new Map<string, number>()

  sometimes(name: Mark, times = 1): void {
    if (times > 0) this.counts.set(name, (this.counts.get(name) ?? 0) + times)
  }

  add(other: Marks): void {
    for (const [name, count] of other.counts) this.counts.set(name, (this.counts.get(name) ?? 0) + count)
  }

  /** Every mark in order, with 0 for those never reached. */
  table(): Record<string, number> {
    return Object.fromEntries(MARKS.map((name) => [name, this.counts.get(name) ?? 0]))
  }

  missing(): Mark[] {
    return MARKS.filter((name) => (this.counts.get(name) ?? 0) === 0)
  }
}
