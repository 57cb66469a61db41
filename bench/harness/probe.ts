import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../probe.js', import.meta.url))

/** What a probe is told: counts, rates and durations by name. */
export type Settings = Readonly<Record<string, number>>

/** Runs a probe in a process of its own, for the same reason as a trial. */
export const probe = async <T>(name: string, settings: Settings = {}): Promise<T> => {
  const { stdout } = await run(process.execPath, ['--expose-gc', script, name, JSON.stringify(settings)])
  return JSON.parse(stdout) as T
}
