import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../harness/machine.js'
import type { Figure } from '../rows/figures.js'

/** What a row's figures meant when they were taken. */
export interface About {
  readonly title: string
  readonly figures: readonly Figure[]
}

/** A saved run: what `--json` prints, with the day on which it was taken. */
export interface Results {
  readonly machine: Machine
  readonly short: boolean
  readonly runs: number
  /** UTC, `2026-11-25`. */
  readonly day: string
  /** By row; in a run that was kept. */
  readonly about?: Readonly<Record<string, About>>
  readonly [row: string]: unknown
}

/** Every saved run of a folder, oldest first: their names begin with the day. */
export const readResults = (folder: string): readonly Results[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-\d{2}-\d{2}-.+\.json$/.test(name))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results)

export const figuresOf = (results: Results, row: string): Readonly<Record<string, number>> | undefined => {
  const value = results[row]
  if (typeof value !== 'object' || value === null || 'skipped' in value) return undefined
  return value as Readonly<Record<string, number>>
}
