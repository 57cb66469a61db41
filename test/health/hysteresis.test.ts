import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Hysteresis } from '../../src/health/hysteresis.js'
import type { HealthStatus } from '../../src/health/report.js'

const LEVELS = { degraded: 10, critical: 20 }
const OPTIONS = { enterTicks: 2, leaveTicks: 3, release: 0.8 }

const looks = (values: readonly number[], options = OPTIONS): HealthStatus[] => {
  const hysteresis = new Hysteresis(options)
  return values.map((value) => hysteresis.look(value, LEVELS))
}

const changes = (statuses: readonly HealthStatus[]): number =>
  statuses.filter((status, at) => status !== (at === 0 ? 'healthy' : statuses[at - 1])).length

/** The same rule written down naively: one flag a level, recomputed from the whole history. */
function reference(values: readonly number[], { enterTicks, leaveTicks, release }: typeof OPTIONS): HealthStatus[] {
  const flagsOf = (threshold: number): boolean[] => {
    let passed = false
    let since = 0
    return values.map((_, at) => {
      const run = passed ? leaveTicks : enterTicks
      const tail = values.slice(Math.max(since, at - run + 1), at + 1)
      const all = tail.every((value) => (passed ? value < threshold * release : value >= threshold))
      if (all && tail.length === run) {
        passed = !passed
        since = at + 1
      }
      return passed
    })
  }
  const critical = flagsOf(LEVELS.critical)
  return flagsOf(LEVELS.degraded).map((degraded, at) =>
    critical[at] === true ? 'critical' : degraded ? 'degraded' : 'healthy',
  )
}

describe('hysteresis', () => {
  it('enters at its threshold after so many looks in a row, and not before', () => {
    expect(looks([10, 9.9, 10, 10, 10])).toEqual(['healthy', 'healthy', 'healthy', 'degraded', 'degraded'])
  })

  it('leaves below the lower threshold after so many looks in a row, and not before', () => {
    const values = [10, 10, 8, 7.9, 7.9, 8, 7.9, 7.9, 7.9]
    expect(looks(values).slice(2)).toEqual([...Array(6).fill('degraded'), 'healthy'])
  })

  it('goes straight to critical, and back by way of degraded where the value is in between', () => {
    expect(looks([25, 25, 12, 12, 12, 0, 0, 0])).toEqual([
      'healthy',
      'critical',
      'critical',
      'critical',
      'degraded',
      'degraded',
      'degraded',
      'healthy',
    ])
  })

  it('never meets a threshold of Infinity, and leaves one that became Infinity', () => {
    const hysteresis = new Hysteresis({ ...OPTIONS, enterTicks: 1, leaveTicks: 1 })
    expect(hysteresis.look(1e300, { degraded: Number.POSITIVE_INFINITY, critical: Number.POSITIVE_INFINITY })).toBe(
      'healthy',
    )
    expect(hysteresis.look(5, { degraded: 1, critical: 1 })).toBe('critical')
    expect(hysteresis.look(0, { degraded: 1, critical: Number.POSITIVE_INFINITY })).toBe('healthy')
  })

  it('does not flap at either threshold, whatever hovers about it', () => {
    // Noise narrower than the gap between the two edges crosses one of them only: one change at most.
    const lower = LEVELS.degraded * OPTIONS.release
    const gap = LEVELS.degraded - lower
    const noises = fc.array(fc.double({ min: -0.99, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(noises, fc.boolean(), (noise, entered) => {
        const about = entered ? lower : LEVELS.degraded
        const values = [...(entered ? [10, 10] : []), ...noise.map((by) => about + by * gap)]
        expect(changes(looks(values)) - (entered ? 1 : 0)).toBeLessThanOrEqual(1)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (highs) => {
        // Every other look at most is beyond either edge: whatever comes, nothing changes.
        const values = highs.flatMap((high) => [high ? 1_000 : 9, 9])
        expect(changes(looks(values))).toBe(0)
      }),
    )
  })

  it('changes no more often than its looks in a row allow', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 100), { maxLength: 300 }), (values) => {
        const { enterTicks, leaveTicks } = OPTIONS
        expect(changes(looks(values))).toBeLessThanOrEqual(2 * Math.ceil(values.length / (enterTicks + leaveTicks)))
      }),
    )
  })

  it('does what the same rule says that is worked out from the whole history', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(7, 8, 9, 10, 15, 16, 17, 20), fc.double({ min: 0, max: 30, noNaN: true })), {
          maxLength: 60,
        }),
        fc.record({
          enterTicks: fc.integer({ min: 1, max: 4 }),
          leaveTicks: fc.integer({ min: 1, max: 4 }),
          release: fc.constantFrom(0.5, 0.8, 1),
        }),
        (values, options) => {
          expect(looks(values, options)).toEqual(reference(values, options))
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
