import { createHash } from 'node:crypto'
import { constants, createReadStream, open as openFile } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { basename, extname, relative, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { type ErrorCode, OutcryError } from '../errors.js'

/** An id may have 256 characters, and a row's number is to follow. */
const KEY_CHARACTERS = 160

const PIECE_BYTES = 65_536

/** Items in a batch: the engine's largest chunk, so that a batch is never split for its size. */
export const BATCH_ITEMS = 256

const reasonOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read'
  return error instanceof Error ? error.message : String(error)
}

/**
 * Makes sure that a path is a regular file which may be read, and gives its size in bytes.
 *
 * @throws OutcryError `OUTCRY_FEED_FILE`.
 */
export async function requireFile(path: string, feed: string): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isFile()) {
      const kind = found.isDirectory() ? 'a directory' : 'not a regular file'
      throw new OutcryError('OUTCRY_FEED_FILE', `${feed}: it is ${kind}; name a file`, { path: feed, value: path })
    }
    await access(path, constants.R_OK)
    return found.size
  } catch (error) {
    if (error instanceof OutcryError) throw error
    throw new OutcryError('OUTCRY_FEED_FILE', `${feed}: ${reasonOf(error)}`, {
      path: feed,
      value: path,
      cause: error,
    })
  }
}

/** By its device as well, which cannot be opened where standard input is a socket. */
export const isStandardInput = (path: string): boolean => path === '-' || path === '/dev/stdin' || path === '/dev/fd/0'

/**
 * Makes sure that a path can be read from its start to its end, once: a regular file, whose size in
 * bytes it gives, or a pipe or terminal, of which nobody knows how much will come. `-` is standard input.
 *
 * @throws OutcryError `OUTCRY_FEED_FILE`.
 */
export async function requireStream(path: string, feed: string): Promise<number | undefined> {
  if (isStandardInput(path)) return undefined
  const found = await stat(path).catch(() => undefined)
  const flows = found !== undefined && (found.isFIFO() || found.isCharacterDevice())
  return flows ? undefined : requireFile(path, feed)
}

/**
 * A pipe by the event loop, where that can be had: read as a file is, it waits on one of the few threads that all
 * files share, which no abort reaches, until somebody writes; it would hold up the others, and then the process.
 * Of the systems that have named pipes, Linux alone is known not to take one that nobody writes to yet for ended.
 */
async function openPipe(path: string): Promise<Readable | undefined> {
  if (process.platform !== 'linux' || !(await stat(path)).isFIFO()) return undefined
  const fd = await promisify(openFile)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

/** The bytes of a stream that `requireStream` let through; an abort ends it, though nothing comes. */
export async function* streamBytes(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream: Readable = isStandardInput(path)
    ? process.stdin
    : ((await openPipe(path)) ?? createReadStream(path, { highWaterMark: PIECE_BYTES }))
  const end = (): void => void stream.destroy()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    yield* stream
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** The bytes of a file in pieces of 64 KiB; ending the iteration closes the file. */
export const fileBytes = (path: string): AsyncIterable<Uint8Array> =>
  createReadStream(path, { highWaterMark: PIECE_BYTES })

/**
 * What the ids of a file's rows begin with: the path as seen from the working directory. It tells
 * apart files of one name in two folders, and is the same on every machine that runs the same
 * command in the same tree, so that digests can be compared. Of a very long path, its hash and its end.
 */
export function fileKey(path: string): string {
  const key = relative(process.cwd(), resolve(path)).split(sep).join('/')
  if (key.length <= KEY_CHARACTERS) return key
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16)
  return `${hash}/${key.slice(-KEY_CHARACTERS)}`
}

/** The short name of a file's events: its own name without folder and ending. */
export const fileLabel = (path: string): string => basename(path, extname(path))

/** An error from a feed's own code or its file, as one of the catalogue. */
export function feedError(error: unknown, feed: string, code: ErrorCode = 'OUTCRY_FEED_FAILED'): OutcryError {
  return error instanceof OutcryError
    ? error
    : new OutcryError(code, `${feed}: ${reasonOf(error)}`, { path: feed, cause: error })
}
