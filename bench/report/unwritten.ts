import type { Figure } from '../rows/figures.js'
import { WITH_SERVER } from '../rows/journal-figures.js'

/** Runs of which the median was taken, of rows that took fewer than others: until 2026-11-27 no kept run says so itself. */
const MOST_RUNS: Readonly<Record<string, number>> = {
  critical: 3,
  criticalUntuned: 3,
  memory: 1,
  history: 3,
  journal: 3,
  replay: 3,
  hung: 1,
  metrics: 1,
  inspector: 1,
  realDay: 3,
  realDayPaced: 1,
  simulation: 3,
  soak: 1,
}

/** How many runs of a row there were in a kept run that does not say: as many as it had, or as the row allowed. */
export const runsUnwritten = (row: string, runs: number): number => Math.min(MOST_RUNS[row] ?? runs, runs)

/** What the figures of a row mean in a kept run that does not say: until 2026-11-27 none did of the journal's. */
export const figuresUnwritten = (row: string): readonly Figure[] => (row === 'journal' ? WITH_SERVER : [])
