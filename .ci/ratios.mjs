// Fails when the engine, in relation to the bare loop of the same run, has lost more than a third of what it had.
// What it reads is the output of `npm run -s bench -- --json --short`, which has also compiled what it imports.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gate } from '../bench/dist/report/gate.js'
import { parseRun, readResults } from '../bench/dist/report/results.js'

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('usage: node .ci/ratios.mjs FILE')
const kept = readResults(fileURLToPath(new URL('../bench/results/', import.meta.url)))
const verdicts = gate(parseRun(readFileSync(path, 'utf8'), path), kept)
for (const { line } of verdicts) console.log(line)
process.exitCode = verdicts.some(({ fallen }) => fallen) ? 1 : 0
