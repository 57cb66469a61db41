import { median } from '../harness/statistics.js'
import { table } from '../harness/table.js'

/** A figure of a row that is no contest. */
export interface Figure {
  readonly name: string
  readonly title: string
  /** Digits after the point. */
  readonly digits: number
  /** What REQUIREMENTS asks for, in words; for the reader, the row judges nothing. */
  readonly asked?: string
}

const COLUMNS = [
  { title: 'figure', align: 'left' },
  { title: 'median', align: 'right' },
  { title: 'lowest', align: 'right' },
  { title: 'highest', align: 'right' },
  { title: 'asked', align: 'left' },
] as const

type Measured = Readonly<Record<string, unknown>>

const valuesOf = (runs: readonly Measured[], name: string): number[] => runs.map((run) => Number(run[name]))

/** The median of each figure over the runs, and the table that shows them. */
export const figures = (
  wanted: readonly Figure[],
  runs: readonly Measured[],
): { json: Record<string, number>; lines: readonly string[] } => {
  const json: Record<string, number> = {}
  const rows = wanted.map(({ name, title, digits, asked = '' }) => {
    const values = valuesOf(runs, name)
    const middle = median(values)
    json[name] = Number(middle.toFixed(digits))
    return [title, ...[middle, Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits)), asked]
  })
  return { json, lines: table(COLUMNS, rows) }
}
