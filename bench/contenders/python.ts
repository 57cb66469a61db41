import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Trial } from '../harness/trial.js'
import { books, Workload } from '../load/workload.js'
import type { Outsider } from './contender.js'

const run = promisify(execFile)
// This file runs from dist; the script is no output of the compiler.
const script = fileURLToPath(new URL('../../baseline/run.py', import.meta.url))

interface Report extends Omit<Trial, 'eventsPerSecond'> {
  readonly books: readonly { readonly deliveries: number; readonly checksum: number }[]
}

const verify = (workload: Workload, report: Report): void => {
  const expected = books()
  for (let at = 0; at < workload.events; at += 1) {
    const draft = workload.draft(at)
    for (const book of expected) book.handle(draft)
  }
  for (const [at, book] of expected.entries()) {
    const other = report.books[at]
    if (other?.deliveries !== book.deliveries || other.checksum !== book.checksum())
      throw new Error(`subscriber ${at} of the Python baseline: lost, doubled or misplaced deliveries`)
  }
}

/** Whether there is an interpreter; without one the row goes without this contender. */
export const hasPython = (): boolean => spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0

/** The design that the review was about, in a process of its own that times itself: its start is not counted. */
export const python: Outsider = {
  name: 'python',
  title: 'asyncio, the reviewed design',
  share: 0.007,
  modes: ['single'],
  lacks: ['lanes', 'ledger', 'isolation of the poison event'],
  available: hasPython,
  async measure(_mode, events) {
    const { stdout } = await run('python3', [script, String(events)], { maxBuffer: 2 ** 24, timeout: 20 * 60_000 })
    const report = JSON.parse(stdout) as Report
    verify(new Workload(events), report)
    const { elapsedMs, processorMs } = report
    return { events, elapsedMs, processorMs, eventsPerSecond: (events / elapsedMs) * 1_000 }
  },
}
