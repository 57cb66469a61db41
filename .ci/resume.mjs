/**
 * The bundled demonstration with a journal, killed half-way and started again: it has to come to the digest
 * of a run that was not killed. `node .ci/resume.mjs [--journal lmdb|postgres] [RUN.json]`, on the build.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from './postgres.mjs'

const CLI = new URL('../dist/src/cli/main.js', import.meta.url).pathname
/** Kills that came too early or too late are tried again, with another wait. */
const ATTEMPTS = 20

const { values, positionals } = parseArgs({
  options: { journal: { type: 'string', default: 'lmdb' } },
  allowPositionals: true,
})

const run = (place) =>
  JSON.parse(
    execFileSync(process.execPath, [CLI, 'run', '--json', ...(place === undefined ? [] : ['--journal', place])], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    }),
  )

/** Kills a run after a while. Whether it was still running. */
async function killed(place, afterMs) {
  const child = spawn(process.execPath, [CLI, 'run', '--json', '--journal', place], { stdio: 'ignore' })
  const exited = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
  const signal = await exited
  clearTimeout(timer)
  return signal === 'SIGKILL'
}

const whole = positionals[0] === undefined ? run() : JSON.parse(readFileSync(positionals[0], 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'outcry-resume-'))
const server = values.journal === 'postgres' ? await startPostgres() : undefined
try {
  let afterMs = 1_500
  let resumed
  for (let attempt = 1; attempt <= ATTEMPTS && resumed === undefined; attempt += 1) {
    const place = server === undefined ? join(folder, String(attempt)) : `${server.url}?schema=attempt_${attempt}`
    if (!(await killed(place, afterMs))) {
      afterMs *= 0.7
      continue
    }
    const rest = run(place)
    assert.equal(rest.digest, whole.digest, `killed after ${Math.round(afterMs)} ms and started again: the digest`)
    // What was done before is counted by the run that did it.
    if (rest.events.accepted < whole.events.accepted) resumed = rest
    else afterMs *= 1.3
  }
  assert.ok(resumed !== undefined, `in ${ATTEMPTS} attempts no run was killed half-way`)
  const { accepted } = resumed.events
  console.log(
    `resume: killed with ${whole.events.accepted - accepted} of ${whole.events.accepted} events done, digest ${resumed.digest}`,
  )
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}
