import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { OutcryError } from '../errors.js'

/** Who holds a journal: enough to tell a process from a later one of the same number. */
interface Holder {
  readonly pid: number
  /** When the process began, in the kernel's own words; empty where the kernel does not say. */
  readonly began: string
  /** Tells two engines of one process apart. */
  readonly token: string
}

/** The boot and the start of a process, as Linux tells them; elsewhere only the number speaks. */
function beganOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before the fields may hold anything, so they are counted from its end. The 22nd is the start.
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return ''
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Not ours to signal, but there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return began === '' || beganOf(pid) === began
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch {
    // Gone, or cut off as its writer was killed: nobody's.
    return undefined
  }
}

/**
 * Takes a lock file that outlives its process without locking anybody out: a holder that is dead is
 * succeeded. Returns what gives the lock back.
 *
 * @param token Unique among all that ever ask.
 * @throws {OutcryError} OUTCRY_JOURNAL_LOCKED if somebody who is alive has it, or OUTCRY_JOURNAL_FAILED.
 */
export function takeLock(path: string, token: string, what: string): () => void {
  const mine: Holder = { pid: process.pid, began: beganOf(process.pid), token }
  const locked = ({ pid }: Holder): OutcryError =>
    new OutcryError('OUTCRY_JOURNAL_LOCKED', `${what} is held by process ${pid}.`, { path: what, value: pid })
  try {
    mkdirSync(dirname(path), { recursive: true })
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        writeFileSync(path, JSON.stringify(mine), { flag: 'wx' })
        return () => {
          if (holderOf(path)?.token === token) rmSync(path, { force: true })
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = holderOf(path)
      if (holder !== undefined && isAlive(holder)) throw locked(holder)
      // Moved away before it is removed: of two that find it dead only one can move it.
      const aside = `${path}.${process.pid}.${attempt}`
      try {
        renameSync(path, aside)
      } catch {
        continue
      }
      const moved = holderOf(aside)
      if (moved !== undefined && isAlive(moved)) {
        renameSync(aside, path)
        throw locked(moved)
      }
      rmSync(aside, { force: true })
    }
  } catch (error) {
    if (error instanceof OutcryError) throw error
    throw new OutcryError('OUTCRY_JOURNAL_FAILED', `${what} cannot be locked: ${(error as Error).message}`, {
      path: what,
      cause: error,
    })
  }
  throw new OutcryError('OUTCRY_JOURNAL_LOCKED', `${what} is wanted by too many at once.`, { path: what })
}
