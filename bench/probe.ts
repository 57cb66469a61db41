import type { Settings } from './harness/probe.js'
import { PROBES } from './probes/index.js'

/** One measurement of one probe, in this process alone. Its result is one line of JSON. */
const [name = '', settings = '{}'] = process.argv.slice(2)
const measure = PROBES[name]
if (measure === undefined) throw new Error(`no such probe: ${name}`)
process.stdout.write(`${JSON.stringify(await measure(JSON.parse(settings) as Settings))}\n`)
process.exit()
