import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Above the longest measurement, the soak of ten minutes: what takes longer is hanging. Milliseconds. */
const LONGEST_MS = 20 * 60_000

/**
 * What one measurement printed, run in a process of its own. Rejects if the process fails, and if it has not ended
 * in 20 minutes, when it is killed: a benchmark that hangs must not hold up whoever waits for it.
 *
 * @param flags Of Node or V8, beside `--expose-gc`.
 */
export const child = async (
  script: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<string> => {
  try {
    const { stdout } = await run(process.execPath, ['--expose-gc', ...flags, script, ...args], {
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    })
    return stdout
  } catch (error) {
    if (!(error instanceof Error && 'killed' in error && error.killed)) throw error
    throw new Error(`${args.join(' ')} had not ended after ${LONGEST_MS / 60_000} minutes`, { cause: error })
  }
}
