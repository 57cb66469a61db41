import { type Contender, MODES, type Mode } from './contenders/contender.js'
import { CONTENDERS } from './contenders/index.js'
import { monotonicMs, processorMs } from './harness/clock.js'
import type { Trial } from './harness/trial.js'
import { verify, Workload } from './load/workload.js'

/** One warm-up and one timed run of one contender, in this process alone. Its result is one line of JSON. */
const [name, modeName, count] = process.argv.slice(2)
const contender = CONTENDERS.find((candidate) => candidate.name === name)
const mode = MODES.find((candidate) => candidate === modeName)
const events = Number(count)
if (contender === undefined || mode === undefined || !Number.isInteger(events) || events < 1) {
  throw new Error(`no such trial: ${process.argv.slice(2).join(' ')}`)
}

const measure = async (which: Contender, how: Mode, workload: Workload): Promise<Trial> => {
  const run = await which.prepare(how)
  globalThis.gc?.()
  const processorStart = processorMs()
  const start = monotonicMs()
  await run.play(workload)
  const elapsedMs = monotonicMs() - start
  const usedMs = processorMs() - processorStart
  verify(workload, run.books)
  await run.close?.()
  return {
    events: workload.events,
    elapsedMs,
    processorMs: usedMs,
    eventsPerSecond: (workload.events / elapsedMs) * 1_000,
  }
}

// The compiler needs to have seen the work before it is timed; a third of the run settles it for every contender.
await measure(contender, mode, new Workload(Math.ceil(events / 3)))
process.stdout.write(`${JSON.stringify(await measure(contender, mode, new Workload(events)))}\n`)
