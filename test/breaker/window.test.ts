import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CountWindow, TimeWindow } from '../../src/breaker/window.js'

const chunk = fc
  .record({
    ok: fc.nat({ max: 300 }),
    failed: fc.nat({ max: 20 }),
    slow: fc.nat({ max: 330 }),
    ms: fc.nat({ max: 400 }),
  })
  .map(({ ok, failed, slow, ms }) => ({ ok, failed, slow: Math.min(slow, ok + failed), ms }))
const chunks = fc.array(chunk, { maxLength: 30 })
const sum = (values: readonly { failed: boolean; slow: boolean }[]) => ({
  calls: values.length,
  failed: values.filter((value) => value.failed).length,
  slow: values.filter((value) => value.slow).length,
})
const listed = ({ ok, failed, slow }: { ok: number; failed: number; slow: number }) =>
  Array.from({ length: ok + failed }, (_, i) => ({ failed: i >= ok, slow: i >= ok + failed - slow }))
const totals = ({ calls, failed, slow }: CountWindow | TimeWindow) => ({ calls, failed, slow })

describe('a count-based window', () => {
  it('holds the last calls and nothing else, whatever the size of the chunks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), chunks, (size, given) => {
        const window = new CountWindow(size)
        let calls: { failed: boolean; slow: boolean }[] = []
        for (const one of given) {
          window.add(one.ok, one.failed, one.slow)
          calls = [...calls, ...listed(one)].slice(-size)
          expect(totals(window)).toEqual(sum(calls))
        }
        window.clear()
        expect(totals(window)).toEqual({ calls: 0, failed: 0, slow: 0 })
      }),
      { numRuns: 500 },
    )
  })
})

describe('a time-based window', () => {
  it('holds the calls of its span and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), chunks, (buckets, given) => {
        const window = new TimeWindow(buckets * 100, buckets, 5_000)
        let calls: { failed: boolean; slow: boolean; bucket: number }[] = []
        let elapsed = 0
        for (const one of given) {
          elapsed += one.ms
          const bucket = Math.floor(elapsed / 100)
          window.add(one.ok, one.failed, one.slow, 5_000 + elapsed)
          calls = [...calls, ...listed(one).map((call) => ({ ...call, bucket }))]
          expect(totals(window)).toEqual(sum(calls.filter((call) => call.bucket > bucket - buckets)))
        }
      }),
      { numRuns: 200 },
    )
  })

  it('stands still while its clock goes back, and moves on from there', () => {
    const window = new TimeWindow(1_000, 10, 50_000)
    window.add(0, 5, 0, 50_000)
    window.advance(10_000)
    expect(window.failed).toBe(5)
    window.advance(10_999)
    expect(window.failed).toBe(5)
    window.advance(11_000)
    expect(window.failed).toBe(0)
    // A leap forward empties it, and it is of use again at once.
    window.add(1, 1, 0, 9e12)
    expect(totals(window)).toEqual({ calls: 2, failed: 1, slow: 0 })
  })
})
