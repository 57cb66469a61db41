import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breach, breakerPolicy, openDelayMs } from '../../src/breaker/policy.js'

describe('the open time', () => {
  it('cases: jitter never yields NaN or a negative delay, and the cap holds', () => {
    const time = fc.record({
      initialMs: fc.double({ min: 1, max: 86_400_000, noNaN: true }),
      factor: fc.double({ min: 1, max: 100, noNaN: true }),
      maxMs: fc.double({ min: 1, max: 86_400_000, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const openings = fc.oneof(fc.nat({ max: 100 }), fc.constantFrom(1e6, Number.MAX_SAFE_INTEGER))
    // A chance from a broken generator must not reach a timer.
    const chance = fc.oneof(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.double())
    fc.assert(
      fc.property(time, openings, chance, (given, before, drawn) => {
        const delay = openDelayMs({ ...given, maxMs: Math.max(given.initialMs, given.maxMs) }, before, drawn)
        expect(Number.isInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(1)
        expect(delay).toBeLessThanOrEqual(Math.ceil(Math.max(given.initialMs, given.maxMs)))
      }),
      { numRuns: 5_000 },
    )
  })

  it('grows by its factor and spreads both ways by its jitter', () => {
    const time = { initialMs: 100, factor: 3, maxMs: 5_000, jitter: 0.2 }
    expect([0, 1, 2, 3, 4, 50].map((openings) => openDelayMs(time, openings, 0.5))).toEqual([
      100, 300, 900, 2_700, 5_000, 5_000,
    ])
    expect(openDelayMs(time, 0, 0)).toBe(80)
    expect(openDelayMs(time, 0, 0.999_999)).toBe(120)
  })
})

describe('the options of a breaker', () => {
  it('have defaults that fit each other', () => {
    expect(breakerPolicy()).toEqual({
      window: { kind: 'count', size: 100 },
      failureRate: 0.5,
      slowCallRate: 1,
      slowCallMs: 60_000,
      minimumCalls: 20,
      halfOpen: { permits: 10, failureRate: 0.5, slowCallRate: 1, maxWaitMs: 60_000 },
      openTime: { initialMs: 60_000, factor: 1, maxMs: 60_000, jitter: 0 },
      ignore: undefined,
      record: undefined,
      disabled: false,
    })
    expect(breakerPolicy({ window: { kind: 'count', size: 5 } }).minimumCalls).toBe(5)
    expect(breakerPolicy({ failureRate: 0.1 }).halfOpen.failureRate).toBe(0.1)
    expect(breakerPolicy({ openTime: { initialMs: 50 } }).openTime).toMatchObject({ factor: 2, maxMs: 500 })
    expect(breakerPolicy({ window: { kind: 'time' } }).window).toEqual({ kind: 'time', spanMs: 60_000, buckets: 10 })
  })

  it.each([
    [{ failureRate: 0 }, 'breaker.failureRate', 0],
    [{ failureRate: Number.NaN }, 'breaker.failureRate', Number.NaN],
    [{ slowCallRate: 1.5 }, 'breaker.slowCallRate', 1.5],
    [{ window: { kind: 'count', size: 0 } }, 'breaker.window.size', 0],
    [{ minimumCalls: 101 }, 'breaker.minimumCalls', 101],
    [{ halfOpen: { permits: 0 } }, 'breaker.halfOpen.permits', 0],
    [{ halfOpen: { maxWaitMs: Number.POSITIVE_INFINITY } }, 'breaker.halfOpen.maxWaitMs', Number.POSITIVE_INFINITY],
    [{ failRate: 0.5 }, 'breaker.failRate', 0.5],
    [{ ignore: 'all' }, 'breaker.ignore', 'all'],
  ])('refuse %o, naming %s', (options, path, value) => {
    expect(() => breakerPolicy(options as never)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path, value }),
    )
  })

  it.each([
    [{ openTime: 0 }],
    [{ openTime: 2 ** 31 }],
    [{ openTime: { initialMs: 10, maxMs: 5 } }],
    [{ openTime: { initialMs: 10, jitter: 2 } }],
    [{ window: { kind: 'weekday' } }],
  ])('refuse %o', (options) => {
    expect(() => breakerPolicy(options as never)).toThrow(expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID' }))
  })

  it('judge nothing by no calls', () => {
    expect(breach({ failureRate: 0.5, slowCallRate: 0.5 }, { calls: 0, failed: 0, slow: 0 })).toBeUndefined()
  })
})
