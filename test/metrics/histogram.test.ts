import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from '../../src/metrics/histogram.js'

const HOUR = 3_600_000

/** Latencies from 1 µs to one hour, evenly over their magnitudes. */
const latency = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.double({ min: 1, max: 2, noNaN: true }))
  .map(([octave, mantissa]) => Math.min(0.001 * 2 ** octave * mantissa, HOUR))

describe('LatencyHistogram', () => {
  it('gives its weights by power of two, and their sum', () => {
    const histogram = new LatencyHistogram()
    histogram.record(1, 3)
    histogram.record(1.9)
    histogram.record(2)
    const octaves = histogram.octaves()
    expect([octaves[10], octaves[11], octaves[12]]).toEqual([4, 1, 0])
    expect(octaves.reduce((sum, weight) => sum + weight)).toBe(histogram.count)
    expect(histogram.sum).toBeCloseTo(6.9)
  })

  it('is within 1 % of the exact percentile by nearest rank, from 1 µs to one hour', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (values, percent) => {
          const histogram = new LatencyHistogram()
          for (const value of values) histogram.record(value)
          const sorted = [...values].sort((a, b) => a - b)
          const exact = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
          expect(Math.abs(histogram.percentile(percent) - exact) / exact).toBeLessThanOrEqual(0.01)
        },
      ),
    )
  })

  it('is within 0.8 % wherever a value lies in its bucket', () => {
    for (let value = 0.001; value < HOUR; value *= 1.003) {
      const histogram = new LatencyHistogram()
      // A shorter and a longer one, so that the exact extremes do not help.
      for (const latencyMs of [value / 2, value, value * 2]) histogram.record(latencyMs)
      const off = Math.abs(histogram.percentile(50) - value) / value
      if (!(off <= 0.008)) expect.unreachable(`${value} ms is ${off * 100} % off`)
    }
  })

  it('knows count, extremes and mean exactly', () => {
    const histogram = new LatencyHistogram()
    histogram.record(0.0123)
    histogram.record(7.7, 3)
    expect([histogram.count, histogram.min, histogram.max]).toEqual([4, 0.0123, 7.7])
    expect(histogram.mean).toBeCloseTo((0.0123 + 3 * 7.7) / 4, 10)
    expect([histogram.percentile(0), histogram.percentile(100)]).toEqual([0.0123, 7.7])
  })

  it('counts a weight as that many records, so that sampled totals stay right (rows 3462, 3478)', () => {
    const [weighted, single] = [new LatencyHistogram(), new LatencyHistogram()]
    for (const [value, weight] of [
      [1, 90],
      [10, 9],
      [100, 1],
    ] as const) {
      weighted.record(value, weight)
      for (let record = 0; record < weight; record += 1) single.record(value)
    }
    for (const percent of [1, 50, 90, 90.5, 99, 99.5])
      expect(weighted.percentile(percent)).toBe(single.percentile(percent))
    expect(weighted.percentile(99.5)).toBe(100)
    expect(weighted.count).toBe(100)
    expect([weighted.sum, weighted.mean]).toEqual([280, 2.8])
  })

  it('takes what lies outside its range into the last bucket of that side, extremes exact', () => {
    const histogram = new LatencyHistogram()
    for (const value of [-1, 0, 1e-9, 1e12]) histogram.record(value)
    expect([histogram.count, histogram.min, histogram.max]).toEqual([4, 0, 1e12])
    expect(histogram.percentile(50)).toBeLessThanOrEqual(0.001)
    expect(histogram.percentile(99)).toBeGreaterThan(HOUR)
  })

  it('leaves out and counts what is not a latency or not a weight', () => {
    const histogram = new LatencyHistogram()
    histogram.record(Number.NaN)
    histogram.record(Number.POSITIVE_INFINITY)
    histogram.record(1, 0)
    histogram.record(1, -1)
    histogram.record(1, Number.NaN)
    expect([histogram.count, histogram.rejected, histogram.percentile(50)]).toEqual([0, 5, 0])
  })

  it('is empty again after a reset', () => {
    const histogram = new LatencyHistogram()
    histogram.record(5)
    histogram.reset()
    expect([histogram.count, histogram.min, histogram.max, histogram.mean, histogram.percentile(99)]).toEqual([
      0, 0, 0, 0, 0,
    ])
    histogram.record(2)
    expect(histogram.percentile(99)).toBe(2)
  })
})
