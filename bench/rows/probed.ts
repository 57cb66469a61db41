import { probe, type Settings } from '../harness/probe.js'
import { type Figure, figures } from './figures.js'
import type { Row, RowOptions } from './row.js'

export interface ProbedRow {
  readonly name: string
  readonly title: string
  readonly figures: readonly Figure[]
  /** At most so many runs: one that takes long is not repeated five times. */
  readonly mostRuns?: number
  /** The probe, where it has not the row's name. */
  readonly probe?: string
  /** Of Node or V8, for the process that is measured. */
  readonly flags?: readonly string[]
  settings(options: RowOptions): Settings
  /** Why it cannot run here; undefined if it can. */
  readonly obstacle?: () => string | undefined
}

/** A row whose figures come from a probe, each run in a process of its own. */
export const probed = ({
  name,
  title,
  figures: wanted,
  mostRuns = 5,
  probe: probeName = name,
  flags = [],
  settings,
  obstacle,
}: ProbedRow): Row => ({
  name,
  title,
  figures: wanted,
  mostRuns,
  async run(options) {
    const reason = obstacle?.()
    if (reason !== undefined) return { json: { skipped: reason }, lines: [`skipped: ${reason}`] }
    const runs: Readonly<Record<string, unknown>>[] = []
    const count = Math.min(mostRuns, options.runs)
    for (let run = 1; run <= count; run += 1) {
      options.progress(`${name}: run ${run} of ${count}`)
      runs.push(await probe(probeName, settings(options), flags))
    }
    return figures(wanted, runs)
  },
})
