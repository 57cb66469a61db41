import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEpochMs, toEpochMs } from '../../src/events/time.js'

describe('time at the edge', () => {
  it('passes epoch milliseconds, whole or with a fraction', () => {
    for (const value of [0, -1, 1_402_000_000_000, 1_402_000_000_000.125, -62_135_596_800_000, 253_402_300_799_999]) {
      expect(toEpochMs(value)).toBe(value)
    }
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -62_135_596_800_001, 253_402_300_800_000])(
    'refuses the number %d',
    (value) => {
      expect(toEpochMs(value)).toBeTypeOf('string')
    },
  )

  it('tells who gives nanoseconds what is wrong', () => {
    expect(toEpochMs(1_762_795_404_123_456_789n)).toBeTypeOf('string')
    expect(toEpochMs(1.762795404e18)).toContain('nanoseconds')
  })

  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2024-06-27T10:08:41Z', 1_719_482_921_000],
    ['2024-06-27T10:08Z', 1_719_482_880_000],
    ['2024-06-27t10:08:41z', 1_719_482_921_000],
    ['2024-06-27 10:08:41Z', 1_719_482_921_000],
    ['2024-06-27T06:08:41-04:00', 1_719_482_921_000],
    ['2024-06-27T15:53:41+0545', 1_719_482_921_000],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ['2024-06-27T10:08:41.5Z', 1_719_482_921_500],
    ['2024-06-27T10:08:41.123Z', 1_719_482_921_123],
    ['2024-06-27T10:08:41.123456Z', 1_719_482_921_123.456],
    ['2024-06-27T10:08:41.123456789Z', 1_719_482_921_123.456_8],
    ['1969-12-31T23:59:59.9Z', -100],
  ])('reads %s', (text, epochMs) => {
    expect(toEpochMs(text)).toBe(epochMs)
  })

  it.each([
    ['2014-06-05T09:30:00', 'lacks a time zone'],
    ['2014-06-05 09:30:00.123', 'lacks a time zone'],
    ['2014-06-05', 'lacks a time zone'],
    ['2023-02-29T00:00:00Z', 'day that does not exist'],
    ['1900-02-29T00:00:00Z', 'day that does not exist'],
    ['2024-04-31T00:00:00Z', 'day that does not exist'],
    ['2024-13-01T00:00:00Z', 'day that does not exist'],
    ['2024-00-10T00:00:00Z', 'day that does not exist'],
    ['2024-06-27T24:00:00Z', 'time of day that does not exist'],
    ['2024-06-27T23:59:60Z', 'time of day that does not exist'],
    ['2024-06-27T10:08:41+24:00', 'offset that does not exist'],
    ['0001-01-01T00:00:00+01:00', 'outside the years'],
    ['2024-06-27T10:08:41.1234567890Z', 'not an ISO 8601 time'],
    ['27-MAR-1987 00:02:59.13\u0005\u0005\u0005RM', 'not an ISO 8601 time'],
    ['Thu, 27 Jun 2024 10:08:41 -0400', 'not an ISO 8601 time'],
    ['', 'not an ISO 8601 time'],
    [`2024-06-27T10:08:41${'0'.repeat(100)}Z`, 'too long'],
  ])('refuses %j: %s', (text, why) => {
    expect(toEpochMs(text)).toContain(why)
  })

  it('reads a Date and refuses an invalid one', () => {
    expect(toEpochMs(new Date(5))).toBe(5)
    expect(toEpochMs(new Date(Number.NaN))).toBeTypeOf('string')
    expect(toEpochMs(new Date(8.64e15))).toBeTypeOf('string')
  })

  it.each([null, undefined, true, {}, [], Symbol('t')])('refuses %s', (value) => {
    expect(toEpochMs(value)).toContain('is not a number of epoch milliseconds')
  })

  it('agrees with the platform on every whole millisecond', () => {
    const range = { min: -62_135_596_800_000, max: 253_402_300_799_999 }
    fc.assert(
      fc.property(fc.integer(range), (epochMs) => {
        expect(toEpochMs(new Date(epochMs).toISOString())).toBe(epochMs)
      }),
    )
  })

  it('agrees with the platform on offsets', () => {
    const two = (n: number): string => String(n).padStart(2, '0')
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_800_000 }),
        fc.constantFrom('+', '-'),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        (epochMs, sign, hours, minutes) => {
          const text = new Date(epochMs).toISOString().replace('Z', `${sign}${two(hours)}:${two(minutes)}`)
          expect(toEpochMs(text)).toBe(Date.parse(text))
        },
      ),
    )
  })

  it('never throws and never answers a number that it would not take', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const answer = toEpochMs(value)
        expect(typeof answer === 'string' || isEpochMs(answer)).toBe(true)
      }),
    )
  })
})
