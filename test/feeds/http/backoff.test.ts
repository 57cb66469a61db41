import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, retryAfterMs } from '../../../src/feeds/http/backoff.js'

const bounds = { minMs: 100, maxMs: 10_000 }

describe('the wait after failures', () => {
  it('doubles from the least to the most, half of it by chance', () => {
    expect([1, 2, 3, 20].map((failures) => backoffMs(failures, 0, bounds))).toEqual([50, 100, 200, 5_000])
    expect([1, 2, 3, 20].map((failures) => backoffMs(failures, 0.999, bounds)).map(Math.round)).toEqual([
      100, 200, 400, 9_995,
    ])
  })

  it('is never NaN, negative or above the most but where the server asks for more, and never above a day', () => {
    const count = fc.integer({ min: 0, max: 2 ** 31 })
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(count, chance, fc.double({ min: 0, max: 1e15, noNaN: true }), (failures, drawn, asked) => {
        const wait = backoffMs(failures, drawn, bounds, asked)
        expect(wait).toBeGreaterThanOrEqual(50)
        expect(wait).toBeLessThanOrEqual(Math.max(10_000, Math.min(asked, 86_400_000)))
      }),
    )
  })

  it.each([Number.NaN, -1, 1, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'cases: is the middle of its range, and neither NaN nor negative, where %d was drawn',
    (drawn) => {
      expect([1, 2, 20].map((failures) => backoffMs(failures, drawn, bounds))).toEqual([75, 150, 7_500])
    },
  )

  it('cases: is at least what the server asks for, be it above the most, up to a day', () => {
    expect(backoffMs(1, 0, bounds, 3_000)).toBe(3_000)
    expect(backoffMs(1, 0, bounds, 300_000)).toBe(300_000)
    expect(backoffMs(1, 0, bounds, 1e9)).toBe(86_400_000)
  })
})

describe('the header that asks to wait', () => {
  it('is read as seconds and as a date; anything else is none', () => {
    const now = Date.UTC(2026, 0, 1)
    expect(retryAfterMs('120', now)).toBe(120_000)
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000)
    expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0)
    for (const header of [undefined, '', 'soon', '-3']) expect(retryAfterMs(header, now)).toBeUndefined()
  })
})
