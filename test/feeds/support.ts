import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterEach } from 'vitest'
import { isOutcryError } from '../../src/errors.js'
import { EventDraft, type EventInput } from '../../src/events/draft.js'
import { type Feed, type FeedContext, type FeedItem, FeedProblem } from '../../src/feeds/feed.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

const recordings = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/** A test that reads the real recordings beside the repository is skipped, and says so, where they are not. */
export const withoutData = !existsSync(recordings)
export const data = (path: string): string => join(recordings, path)
export const onData = (title: string): string => (withoutData ? `${title} (skipped: no ../shared/data)` : title)

export function contextOf(signal: AbortSignal = new AbortController().signal): FeedContext {
  return { environment: new VirtualEnvironment(), signal }
}

export interface Read {
  readonly items: FeedItem[]
  readonly drafts: EventDraft[]
  readonly inputs: EventInput[]
  readonly problems: FeedProblem[]
  readonly largestBatch: number
}

/** Prepares a feed and reads all of it. */
export async function readAll(feed: Feed, context: FeedContext = contextOf()): Promise<Read> {
  await feed.prepare?.()
  const items: FeedItem[] = []
  let largestBatch = 0
  for await (const batch of feed.read(context)) {
    largestBatch = Math.max(largestBatch, batch.length)
    items.push(...batch)
  }
  return {
    items,
    drafts: items.filter((item) => item instanceof EventDraft),
    problems: items.filter((item) => item instanceof FeedProblem),
    inputs: items.filter((item): item is EventInput => !(item instanceof EventDraft || item instanceof FeedProblem)),
    largestBatch,
  }
}

export const payloads = (drafts: readonly EventDraft[]): Record<string, unknown>[] =>
  drafts.map(({ payload }) => payload as Record<string, unknown>)

/** How many items lie behind an earlier one with a later time. */
export function behind(drafts: readonly EventDraft[]): number {
  let latest = Number.NEGATIVE_INFINITY
  let count = 0
  for (const { timestamp } of drafts) {
    if ((timestamp ?? 0) < latest) count += 1
    else latest = timestamp ?? latest
  }
  return count
}

/** The code and message of what a call throws or rejects with; the empty string where it does neither. */
export async function failure(call: () => unknown): Promise<string> {
  try {
    await call()
    return ''
  } catch (error) {
    return isOutcryError(error) ? `${error.code} ${error.message}` : String(error)
  }
}

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'outcry-test-'))
  folders.push(path)
  return path
}

export async function fileWith(content: string | Uint8Array, name = 'file'): Promise<string> {
  const path = join(await folder(), name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  return path
}

/** A zip of the files given (PKWARE APPNOTE 6.3: local headers, central directory, its end). */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text)
    const packed = deflateRawSync(bytes)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(locals.length, 8)
  end.writeUInt16LE(locals.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}
