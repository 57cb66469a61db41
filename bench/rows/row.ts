import type { Ratios } from '../harness/pairs.js'
import type { Figure } from './figures.js'

export interface RowOptions {
  /** A form of the row that takes seconds, for a gate rather than for a figure to quote. */
  readonly short: boolean
  /** Trials of each contender. */
  readonly runs: number
  /** Tells the person who waits what is going on. */
  readonly progress: (text: string) => void
}

export interface RowResult {
  /** What `--json` holds under the row's name. */
  readonly json: unknown
  /** Of a contest: how each contender compares with the bare loop. */
  readonly ratios?: Ratios
  /** The row as a table for a person. */
  readonly lines: readonly string[]
}

export interface Row {
  readonly name: string
  /** What is measured, in one line. */
  readonly title: string
  /** What its figures are and what is asked of them; undefined for a contest. */
  readonly figures?: readonly Figure[]
  /** At most so many runs, however many are asked for; undefined: as many as that. */
  readonly mostRuns?: number
  run(options: RowOptions): Promise<RowResult>
  /** What `--short` measures of the engine and the loop: the base that a gate compares with. Only of a contest. */
  shortForm?(options: RowOptions): Promise<Ratios>
}
