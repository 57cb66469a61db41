import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, extname, relative, resolve, sep } from 'node:path'
import { type ErrorCode, OutcryError } from '../errors.js'

/** An id may have 256 characters, and a row's number is to follow. */
const KEY_CHARACTERS = 160

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

/** The bytes of a stream that `requireStream` let through; an abort ends it, though nothing comes. */
export const streamBytes = (path: string, signal: AbortSignal): AsyncIterable<Uint8Array> => {
  const stream = isStandardInput(path) ? process.stdin : createReadStream(path, { highWaterMark: 65_536 })
  signal.addEventListener('abort', () => stream.destroy(), { once: true })
  return stream
}

/** The bytes of a file in pieces of 64 KiB; ending the iteration closes the file. */
export const fileBytes = (path: string): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 65_536 })

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
