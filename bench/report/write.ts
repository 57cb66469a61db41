import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Machine } from '../harness/machine.js'
import { chart, page } from './page.js'
import { readResults } from './results.js'

// This file runs from dist, one folder deeper than it is written.
const FOLDER = fileURLToPath(new URL('../../results/', import.meta.url))
const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url))

/** What is kept of a run: the rows and all that `parseRun` reads beside. */
interface Kept {
  readonly at: string
  readonly machine: Machine
  readonly [row: string]: unknown
}

/** The name of a run that is kept: by time, so that names in order are runs in order, and none takes another's place. */
export const nameOf = ({ at, machine }: Kept): string =>
  `${at.slice(0, 10)}-${at.slice(11, 19).replaceAll(':', '')}-${machine.commit.replace('+', '-modified')}.json`

/** Keeps a run among the results. Answers the path of its file. */
export const save = (results: Kept): string => {
  mkdirSync(FOLDER, { recursive: true })
  const path = `${FOLDER}${nameOf(results)}`
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
  return path
}

/** Writes the page and its picture from all saved runs. Throws where there are none. */
export const report = (): void => {
  const all = readResults(FOLDER)
  const text = page(all)
  writeFileSync(`${DOCS}benchmarks.md`, text)
  mkdirSync(`${DOCS}images`, { recursive: true })
  writeFileSync(`${DOCS}images/benchmarks.svg`, chart(all))
}
