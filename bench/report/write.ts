import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { barChart } from './chart.js'
import { page } from './page.js'
import { figuresOf, type Results, readResults } from './results.js'

// This file runs from dist, one folder deeper than it is written.
const FOLDER = fileURLToPath(new URL('../../results/', import.meta.url))
const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url))

/** Keeps a run among the results. Answers the path of its file. */
export const save = (results: Results): string => {
  mkdirSync(FOLDER, { recursive: true })
  const path = `${FOLDER}${results.day}-${results.machine.commit.replace('+', '-modified')}.json`
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
  return path
}

/** Writes the page and its picture from all saved runs. */
export const report = (): void => {
  const all = readResults(FOLDER)
  writeFileSync(`${DOCS}benchmarks.md`, page(all))
  const rates = all.at(-1) === undefined ? undefined : figuresOf(all.at(-1) as Results, 'throughput')
  const bars = Object.entries(rates ?? {}).map(([label, value]) => ({ label, value, own: label === 'engine' }))
  mkdirSync(`${DOCS}images`, { recursive: true })
  writeFileSync(`${DOCS}images/benchmarks.svg`, barChart('Validated publish to 10 subscribers, events a second', bars))
}
