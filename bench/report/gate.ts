import { CONTESTS } from './contests.js'
import type { Run } from './results.js'

/** What the gate says of one row. */
export interface Verdict {
  readonly line: string
  readonly fallen: boolean
}

/** A ratio below this share of what it was is a fall and no noise: medians of nine pairs differ by a tenth or two. */
const LEAST_SHARE = 2 / 3

const engineOf = (run: Run, form: 'ratios' | 'shortForm', row: string): number | undefined =>
  run[form][row]?.processor.engine

const judge = (now: Run, kept: readonly Run[], row: string): Verdict => {
  const is = engineOf(now, 'ratios', row)
  if (is === undefined) throw new Error(`the run has no ratio of the engine to the loop in ${row}`)
  const says = (rest: string): string =>
    `${row}: ${is.toFixed(3)} of the loop's processor rate in the short form, ${rest}`
  const before = kept.findLast((run) => engineOf(run, 'shortForm', row) !== undefined)
  const was = before === undefined ? undefined : engineOf(before, 'shortForm', row)
  if (before === undefined || was === undefined) {
    const why = kept.length === 0 ? 'no run is kept' : 'no kept run has its short form'
    return { line: says(`not compared: ${why}`), fallen: false }
  }
  const [events, then] = [now.ratios[row]?.events, before.shortForm[row]?.events]
  if (events !== then) {
    const why = `${before.machine.commit} was kept when it had ${then} events, it has ${events} now`
    return { line: says(`not compared: ${why}`), fallen: false }
  }
  const fallen = is < was * LEAST_SHARE
  const kepts = `${was.toFixed(3)} when ${before.machine.commit} was kept`
  return { line: says(`${kepts}${fallen ? ': it has fallen by more than a third' : ''}`), fallen }
}

/**
 * Whether the engine has lost more than a third of what it had, short form against short form. Each row is compared
 * with the newest kept run that has its short form; where there is none it says so and does not compare.
 *
 * Judged by processor time: on a machine that does other work beside, its ratios stray half as far as those of the
 * time that passed.
 *
 * @throws Error if the run is no short form, or lacks a row.
 */
export const gate = (now: Run, kept: readonly Run[]): readonly Verdict[] => {
  if (!now.short) throw new Error('the run is no short form: measure with --short')
  return CONTESTS.map(({ row }) => judge(now, kept, row))
}
