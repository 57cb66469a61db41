import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import type { OutcryError } from '../errors.js'
import { usageError } from './failure.js'

/** What a file is, or undefined where there is none; any other trouble is thrown. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const refused = (path: string, reason: string): OutcryError =>
  usageError(`--signals ${path}: ${reason}`, '--signals', path)

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be written'
  if (code === 'EROFS') return 'it lies on a file system that is read-only'
  if (code === 'ENOTDIR') return 'a part of its path is a file, and should be a directory'
  return message
}

/** The path of a feed's spec, `scheme:path?options`; a module or a demonstration's feed is spelled likewise. */
export const pathOfSpec = (spec: string): string =>
  spec.slice(spec.indexOf(':') + 1, spec.lastIndexOf('?') < 0 ? undefined : spec.lastIndexOf('?'))

/** Where a path leads once links are followed, as far as it exists. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** Whether writing to one path destroys what is read from the other, under whatever name. */
function collides(target: string, input: string): boolean {
  const read = statusQuietly(input)
  if (read === undefined) return false
  if (read.isDirectory()) return real(target).startsWith(real(input) + sep) && statusQuietly(target) !== undefined
  if (real(target) === real(input)) return true
  // Two hard links to one file have two real paths.
  const written = statusQuietly(target)
  return written !== undefined && written.dev === read.dev && written.ino === read.ino && written.ino !== 0
}

/** An input that cannot be looked at is for its feed to complain of. */
function statusQuietly(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** The directory closest to a path that is there: what is missing below it would be made. */
function nearest(path: string): string {
  const parent = dirname(path)
  return parent === path || statusOf(parent) !== undefined ? parent : nearest(parent)
}

/**
 * Makes sure that a file which is about to be emptied is none that is read: what a user has is not to be
 * lost to a slip of the hand.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`.
 */
export function requireOtherFile(flag: string, path: string, inputs: readonly string[]): void {
  const input = inputs.find((one) => collides(path, one))
  if (input === undefined) return
  const reason = `it is read (${input}), and writing would empty it; name another`
  throw usageError(`${flag} ${path}: ${reason}`, flag, path)
}

/**
 * Makes sure, before anything is opened, that signals can be written to a path and that this takes
 * nothing from the user: the file is emptied when it is opened, and it must not be one that the run reads.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`.
 */
export function requireSignalsFile(path: string, inputs: readonly string[]): void {
  requireOtherFile('--signals', path, inputs)
  let found: Stats | undefined
  let parent: Stats | undefined
  try {
    found = statusOf(path)
    const above = nearest(resolve(path))
    parent = statusOf(above)
    accessSync(found === undefined ? above : path, constants.W_OK)
  } catch (error) {
    throw refused(path, reasonOf(error))
  }
  if (found?.isDirectory() === true) throw refused(path, 'it is a directory; name a file')
  if (parent?.isDirectory() !== true) throw refused(path, reasonOf({ code: 'ENOTDIR' }))
}
