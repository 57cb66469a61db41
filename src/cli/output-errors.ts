import type { Writable } from 'node:stream'
import { EXIT_FAILED, EXIT_OK, oneLine } from './failure.js'

/** A reader that went away, such as `| head`, has had what it wanted. */
const readerLeft = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EPIPE'

/**
 * Watches the streams of a process, so that output which is lost, such as on a full disk, is said in
 * one line and fails the process, and does not crash it.
 *
 * @returns a function that turns the exit code of the run into that of the process.
 */
export function watchOutput(out: Writable, err: Writable): (code: number) => number {
  let lost = false
  out.on('error', (error) => {
    if (readerLeft(error) || lost) return
    lost = true
    err.write(`${oneLine(new Error('standard output cannot be written', { cause: error }))}\n`)
  })
  // There is nowhere left to say it: the exit code alone tells.
  err.on('error', (error) => {
    if (!readerLeft(error)) lost = true
  })
  return (code) => (lost && code === EXIT_OK ? EXIT_FAILED : code)
}
