import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CRITERIA } from '../../src/health/criteria.js'
import type { HealthReading } from '../../src/health/reading.js'
import { HEALTH_CODES, type HealthCode } from '../../src/health/report.js'
import { GOOD, patient, trouble } from './readings.js'

const queue = (depth: number, throttled = false) => ({ ...GOOD.queue, depth, size: depth, throttled })

/** One look's worth of what provokes a cause, as a function of what the last look read. */
type Change = (last: HealthReading) => Partial<HealthReading>

interface Cause {
  readonly code: HealthCode
  readonly degraded: Change
  readonly critical?: Change
  readonly healed: Change
  /** Looks that pass before the cause can be there at all, since it is one of duration. */
  readonly after?: number
  /** Looks of an hour of good traffic, say, until a window has forgotten. */
  readonly forgottenAfter?: number
}

const flows: Change = ({ accepted, ended, delivered }) => ({
  accepted: accepted + 100,
  ended: ended + 100,
  delivered: delivered + 100,
})

const POPULATIONS = [
  ['breaker-open', 'breakersOpen'],
  ['feed-failed', 'feedsFailed'],
  ['strategy-hung', 'strategiesHung'],
  ['strategy-faulted', 'strategiesFaulted'],
  ['sink-failing', 'sinksFailing'],
  ['journal-failing', 'journalFailing'],
] as const

const CAUSES: readonly Cause[] = [
  {
    code: 'queue-depth',
    degraded: (last) => ({ ...flows(last), queue: queue(800) }),
    critical: (last) => ({ ...flows(last), queue: queue(950) }),
    healed: (last) => ({ ...flows(last), queue: queue(0) }),
  },
  {
    code: 'queue-throttled',
    after: 11,
    degraded: (last) => ({ ...flows(last), queue: queue(300, true) }),
    healed: (last) => ({ ...flows(last), queue: queue(0) }),
  },
  {
    code: 'arrival-rate',
    degraded: (last) => ({ ...flows(last), accepted: last.accepted + 121, queue: queue(200) }),
    healed: (last) => ({ ...flows(last), queue: queue(0) }),
  },
  {
    code: 'error-rate',
    degraded: (last) => ({ ...flows(last), failed: last.failed + 10 }),
    critical: (last) => ({ ...flows(last), failed: last.failed + 60 }),
    healed: flows,
    forgottenAfter: 10,
  },
  {
    code: 'event-loop-delay',
    degraded: () => ({ loopDelayMs: 100 }),
    critical: () => ({ loopDelayMs: 1_500 }),
    healed: () => ({ loopDelayMs: 3 }),
  },
  {
    code: 'memory',
    degraded: () => ({ heapShare: 0.86 }),
    critical: () => ({ heapShare: 0.96 }),
    healed: () => ({ heapShare: 0.3 }),
  },
  ...POPULATIONS.map(
    ([code, field]): Cause => ({
      code,
      degraded: () => ({ [field]: trouble(1) }),
      critical: () => ({ [field]: trouble(3) }),
      healed: () => ({ [field]: trouble(0) }),
    }),
  ),
  { code: 'feed-ended', degraded: () => ({ feedsEnded: trouble(3) }), healed: () => ({ feedsEnded: trouble(0) }) },
  {
    code: 'dead-letters-full',
    degraded: () => ({ deadLettersFull: true, deadLettersShare: 1 }),
    healed: () => ({ deadLettersFull: false, deadLettersShare: 0.5 }),
  },
  {
    code: 'stalled',
    after: 5,
    degraded: () => ({ queue: queue(5) }),
    healed: (last) => ({ ...flows(last), queue: queue(5) }),
  },
]

describe('the judgement of an engine (row 3488)', () => {
  it('knows a criterion for each code, in their order', () => {
    expect(CRITERIA.map(({ code }) => code)).toEqual([...HEALTH_CODES])
    expect(new Set(CAUSES.map(({ code }) => code))).toEqual(new Set(HEALTH_CODES))
  })

  it('finds nothing wrong with an engine that handles what comes', () => {
    const engine = patient()
    for (let tick = 0; tick < 100; tick += 1) expect(engine.look(flows(engine.reading))).toBe(false)
    expect(engine.judge.report).toEqual({ status: 'healthy', reasons: [] })
  })

  it.each(CAUSES)('sees $code within two looks and no other cause, and sees it healed', (cause) => {
    const engine = patient()
    engine.look()
    for (let tick = 0; tick < (cause.after ?? 0); tick += 1) {
      expect(engine.codes).toEqual([])
      engine.look(cause.degraded(engine.reading))
    }
    engine.look(cause.degraded(engine.reading))
    engine.look(cause.degraded(engine.reading))
    expect(engine.codes).toEqual([`${cause.code} degraded`])
    const [reason] = engine.judge.report.reasons
    expect(reason?.value).toBeGreaterThanOrEqual(reason?.threshold ?? Number.NaN)
    expect(reason?.message).toMatch(/^[\w%., :-]+\.$/)

    for (let tick = 0; tick < (cause.forgottenAfter ?? 0); tick += 1) engine.look(cause.healed(engine.reading))
    for (let tick = 0; tick < 2; tick += 1) engine.look(cause.healed(engine.reading))
    engine.look(cause.healed(engine.reading))
    expect(engine.judge.report).toEqual({ status: 'healthy', reasons: [] })
  })

  it.each(CAUSES.filter(({ critical }) => critical !== undefined))(
    'sees a critical $code within two looks',
    (cause) => {
      const engine = patient()
      for (let tick = 0; tick < 2; tick += 1) engine.look(cause.critical?.(engine.reading))
      expect(engine.codes).toEqual([`${cause.code} critical`])
      expect(engine.judge.report.status).toBe('critical')
    },
  )

  it('takes the worst of several reasons, and tells of each that comes, goes or changes', () => {
    const engine = patient()
    expect(engine.look({ feedsFailed: trouble(1) })).toBe(true)
    expect(engine.look({ feedsFailed: trouble(2) })).toBe(false)
    expect(engine.look({ sinksFailing: trouble(3) })).toBe(true)
    expect(engine.codes).toEqual(['feed-failed degraded', 'sink-failing critical'])
    expect(engine.look({ feedsFailed: trouble(3) })).toBe(true)
    expect(engine.codes).toEqual(['feed-failed critical', 'sink-failing critical'])
  })

  it('says since when, what was measured last, and who it is', () => {
    const engine = patient()
    engine.look({ breakersOpen: trouble(1) })
    const since = engine.reading.at
    engine.look({ breakersOpen: trouble(7, 20) })
    expect(engine.judge.report.reasons).toEqual([
      {
        code: 'breaker-open',
        severity: 'degraded',
        message: '7 of 20 breakers are not closed: n1, n2, n3, n4, n5 and 2 more.',
        since,
        value: 7,
        threshold: 1,
      },
    ])
  })

  it('does not call a paused engine stalled, nor one that only its laggards hold up', () => {
    const engine = patient()
    for (let tick = 0; tick < 60; tick += 1) engine.look({ held: true, queue: queue(5) })
    expect(engine.codes).toEqual([])
    engine.look({ held: false })
    for (let tick = 0; tick < 60; tick += 1) engine.look({ delivered: engine.reading.delivered + 1 })
    expect(engine.codes).toEqual([])
  })

  it('does not take the sleep of its machine for a stall', () => {
    const engine = patient()
    engine.look({ queue: queue(5) })
    engine.look({}, 3_600_000)
    expect(engine.codes).toEqual([])
    for (let tick = 0; tick < 5; tick += 1) engine.look()
    expect(engine.codes).toEqual(['stalled degraded'])
  })

  it('does not call a queue throttled that has been below its mark in between', () => {
    const engine = patient()
    for (let tick = 0; tick < 120; tick += 1)
      engine.look({ ...flows(engine.reading), queue: { ...queue(300, true), crossings: tick } })
    expect(engine.codes).toEqual([])
  })

  it('judges no rate by too few events', () => {
    const engine = patient({ errorRate: { minDeliveries: 20 } })
    for (let tick = 0; tick < 30; tick += 1) {
      const { delivered, failed } = engine.reading
      engine.look({
        delivered: delivered + 1,
        failed: failed + 1,
        queue: queue(50),
        accepted: engine.reading.accepted + 1,
      })
    }
    expect(engine.codes.filter((code) => code.startsWith('error-rate') || code.startsWith('arrival-rate'))).toEqual([])
  })

  it('never finds what has thresholds of Infinity', () => {
    const never = { degraded: Number.POSITIVE_INFINITY, critical: Number.POSITIVE_INFINITY }
    const engine = patient({ heapShare: never, feedsEnded: never })
    for (let tick = 0; tick < 5; tick += 1) engine.look({ heapShare: 1, feedsEnded: trouble(3) })
    expect(engine.codes).toEqual([])
  })

  it('does not flap: a heap about its threshold changes the verdict no more often than the looks in a row allow', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.84, max: 0.86, noNaN: true }), { maxLength: 200 }), (shares) => {
        const engine = patient()
        const changes = shares.filter((heapShare) => engine.look({ heapShare })).length
        expect(changes).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('remembers no more after ten thousand looks than after a few', () => {
    const engine = patient()
    for (let tick = 0; tick < 20; tick += 1) engine.look(flows(engine.reading))
    const size = JSON.stringify(engine.judge).length
    for (let tick = 0; tick < 10_000; tick += 1) engine.look({ ...flows(engine.reading), loopDelayMs: (tick % 7) * 50 })
    expect(JSON.stringify(engine.judge).length).toBeLessThan(size * 2)
  })
})
