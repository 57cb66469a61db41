// Fails when the engine, in relation to the bare loop of the same run, has lost more than a third of what it had.
import { readdirSync, readFileSync } from 'node:fs'

const [path] = process.argv.slice(2)
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const folder = new URL('../bench/results/', import.meta.url)
const kept = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
const before = kept.length === 0 ? undefined : read(new URL(kept.at(-1), folder))
const now = read(path)

const ratio = (results, row) => (results?.[row] === undefined ? undefined : results[row].engine / results[row].bareLoop)
let failed = false
for (const row of ['throughput', 'throughputBatched', 'async']) {
  const was = ratio(before, row)
  const is = ratio(now, row)
  if (is === undefined || Number.isNaN(is)) throw new Error(`the run has no ${row}`)
  const fallen = was !== undefined && is < (was * 2) / 3
  console.log(
    `${row}: ${is.toFixed(3)} of the loop${was === undefined ? '' : `, ${was.toFixed(3)} when last kept`}${fallen ? ': it has fallen by more than a third' : ''}`,
  )
  failed ||= fallen
}
process.exitCode = failed ? 1 : 0
