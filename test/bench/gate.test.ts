import { describe, expect, it } from 'vitest'
import { gate } from '../../bench/report/gate.js'
import type { Run } from '../../bench/report/results.js'
import { kept, machine } from './support.js'

const ROWS = ['throughput', 'throughputBatched', 'async'] as const

/** Ratios by processor time; those of the time that passed say the contrary, so that a test sees which is judged. */
const ratios = (engine: number, events = 1_000, rows: readonly string[] = ROWS) =>
  Object.fromEntries(
    rows.map((row) => [row, { events, pairs: 9, wall: { engine: 1 - engine }, processor: { engine, bareLoop: 1 } }]),
  )

const now = (engine: number, rest: object = {}): Run =>
  kept('2026-03-01T10:00:00.000Z', { short: true, ratios: ratios(engine), ...rest })

const base = (engine: number, rest: object = {}): Run =>
  kept('2026-02-01T10:00:00.000Z', { ratios: ratios(0.9), shortForm: ratios(engine), ...rest })

describe('the gate of the benchmark', () => {
  it('compares the short form with the short form that was kept, and says both figures', () => {
    const verdicts = gate(now(0.2), [base(0.24)])
    expect(verdicts.map(({ fallen }) => fallen)).toEqual([false, false, false])
    expect(verdicts[0]?.line).toMatch(/^throughput: 0\.200 .*short form, 0\.240 when abc was kept$/)
  })

  it('sees a row that has fallen below two thirds, and none that stands at them (row testing)', () => {
    const mixed = { ...ratios(0.2), async: ratios(0.19, 1_000, ['async']).async }
    const verdicts = gate(now(0, { ratios: mixed }), [base(0.3)])
    expect(verdicts.map(({ fallen }) => fallen)).toEqual([false, false, true])
    expect(verdicts[2]?.line).toContain('0.190 ')
    expect(verdicts[2]?.line).toContain('0.300 when abc was kept: it has fallen by more than a third')
  })

  it('says so and does not compare where nothing is kept, or no kept run has the short form', () => {
    expect(gate(now(0.01), []).map(({ line }) => line)).toEqual(
      ROWS.map((row) => expect.stringMatching(`^${row}: 0.010 .*not compared: no run is kept$`)),
    )
    const verdicts = gate(now(0.01), [base(0.9, { shortForm: {} })])
    expect(verdicts.every(({ fallen }) => fallen)).toBe(false)
    expect(verdicts[0]?.line).toContain('not compared: no kept run has its short form')
  })

  it('goes back to the newest run that has the short form of a row', () => {
    const newest = kept('2026-02-03T10:00:00.000Z', { soak: { events: 6 }, machine: { ...machine, commit: 'newest' } })
    const older = base(0.9, { machine: { ...machine, commit: 'older' } })
    const [verdict] = gate(now(0.2), [older, base(0.24), newest])
    expect(verdict?.line).toContain('0.240 when abc was kept')
  })

  it('does not compare short forms of different length', () => {
    const [verdict] = gate(now(0.01, { ratios: ratios(0.01, 500) }), [base(0.3)])
    expect(verdict).toEqual({
      line: expect.stringContaining('not compared: abc was kept when it had 1000'),
      fallen: false,
    })
  })

  it('judges no full run, and none that lacks a row', () => {
    expect(() => gate(base(0.3), [])).toThrow('measure with --short')
    expect(() => gate(now(0, { ratios: ratios(0.2, 1, ['async']) }), [])).toThrow(
      'no ratio of the engine to the loop in throughput',
    )
  })
})
