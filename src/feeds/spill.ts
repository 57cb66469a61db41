import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { CATALOGUE } from '../events/catalogue/index.js'
import type { EventDefinition } from '../events/define.js'
import { EventDraft, type EventInput } from '../events/draft.js'
import { describeThrown } from '../events/invalid.js'
import { type FeedItem, FeedProblem, isFeedProblem } from './feed.js'
import type { TimedBatch } from './timed.js'

/** The number of items and the length of the JSON, four bytes each. */
const HEAD_BYTES = 8
const ALTERED = 'the temporary file of the sort has been altered'

/** Where one block of a run lies in the spill file. */
interface Block {
  readonly offset: number
  readonly bytes: number
}

/** Items in order of time, written down. */
export interface Run {
  readonly blocks: readonly Block[]
}

/** A draft as its fields in a row, absent ones null; the definition by its number. */
type DraftRow = readonly [
  definition: number,
  id: string | null,
  timestamp: number | null,
  source: string | null,
  symbol: string | null,
  symbols: readonly string[] | null,
  payload: unknown,
  correlationId: string | null,
  causationId: string | null,
]

/** Where an item is not written as a row but lies in the second part of its block: its place there. */
type Aside = number

type AsideItem =
  | { readonly input: EventInput }
  | { readonly problem: readonly [string, number, string] }
  | { readonly draft: DraftRow }

type Definition = EventDefinition<string, unknown>

/** JSON is what their payloads are made of; of a host's own type that is not known. */
const PLAIN: ReadonlySet<unknown> = new Set(CATALOGUE)

/** Never throws, as nothing is known of what a feed yields. */
function isDraft(item: FeedItem): item is EventDraft {
  try {
    return item instanceof EventDraft
  } catch {
    return false
  }
}

/**
 * A temporary file for sorting, in a folder of its own. Where the system allows it (everywhere but
 * Windows) the file has no name any more once it is open, so that nothing remains of it even if the
 * process is killed.
 *
 * A block is written in two parts: events of the catalogue as JSON, which is three times as fast as
 * V8's structured clone, and all else as the clone, as JSON would change the dates, maps and big
 * integers that a payload may hold.
 */
export class Spill {
  readonly #directory: string
  readonly #file: FileHandle
  readonly #definitions: Definition[] = []
  readonly #indices = new Map<Definition, number>()
  #end = 0
  /** Items that could not be written down. */
  #unwritable = 0

  private constructor(directory: string, file: FileHandle) {
    this.#directory = directory
    this.#file = file
  }

  static async create(parent: string = tmpdir()): Promise<Spill> {
    const directory = await mkdtemp(join(parent, 'outcry-sort-'))
    try {
      const file = await open(join(directory, 'runs'), 'wx+', 0o600)
      if (process.platform !== 'win32') await rm(directory, { recursive: true, force: true })
      return new Spill(directory, file)
    } catch (error) {
      await rm(directory, { recursive: true, force: true })
      throw error
    }
  }

  async write(batches: AsyncIterable<TimedBatch> | Iterable<TimedBatch>): Promise<Run> {
    const blocks: Block[] = []
    for await (const { times, items } of batches) {
      const bytes = this.#pack(times, items)
      // A write may take less than it was given, as on a nearly full disk.
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done, bytes.length - done, this.#end + done)).bytesWritten
      }
      blocks.push({ offset: this.#end, bytes: bytes.length })
      this.#end += bytes.length
    }
    return { blocks }
  }

  async *read(run: Run): AsyncGenerator<TimedBatch> {
    for (const { offset, bytes } of run.blocks) {
      const buffer = Buffer.allocUnsafe(bytes)
      for (let done = 0; done < bytes; ) {
        const { bytesRead } = await this.#file.read(buffer, done, bytes - done, offset + done)
        if (bytesRead === 0) throw new Error('the temporary file of the sort has been cut short')
        done += bytesRead
      }
      yield this.#unpack(buffer)
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #pack(times: Float64Array, items: readonly FeedItem[]): Buffer {
    const aside: AsideItem[] = []
    const rows = items.map((item): DraftRow | Aside => {
      if (isDraft(item) && PLAIN.has(item.definition)) return this.#toRow(item)
      return aside.push(this.#toAside(item)) - 1
    })
    const json = Buffer.from(JSON.stringify(rows))
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32LE(items.length, 0)
    head.writeUInt32LE(json.length, 4)
    const numbers = Buffer.from(times.buffer, times.byteOffset, items.length * Float64Array.BYTES_PER_ELEMENT)
    return Buffer.concat(aside.length === 0 ? [head, numbers, json] : [head, numbers, json, this.#clone(aside)])
  }

  #unpack(bytes: Buffer): TimedBatch {
    const count = bytes.readUInt32LE(0)
    const times = new Float64Array(count)
    for (let i = 0; i < count; i += 1) times[i] = bytes.readDoubleLE(HEAD_BYTES + i * 8)
    const start = HEAD_BYTES + count * 8
    const end = start + bytes.readUInt32LE(4)
    const rows: readonly (DraftRow | Aside)[] = JSON.parse(bytes.toString('utf8', start, end))
    const aside: readonly AsideItem[] = end === bytes.length ? [] : deserialize(bytes.subarray(end))
    const items = rows.map((row) => (typeof row === 'number' ? this.#fromAside(aside[row]) : this.#fromRow(row)))
    return { times, items }
  }

  #toRow(draft: EventDraft): DraftRow {
    let index = this.#indices.get(draft.definition)
    if (index === undefined) {
      index = this.#definitions.push(draft.definition) - 1
      this.#indices.set(draft.definition, index)
    }
    return [
      index,
      draft.id ?? null,
      draft.timestamp ?? null,
      draft.source ?? null,
      draft.symbol ?? null,
      draft.symbols ?? null,
      draft.payload,
      draft.correlationId ?? null,
      draft.causationId ?? null,
    ]
  }

  #fromRow(row: DraftRow): EventDraft {
    const definition = this.#definitions[row[0]]
    if (definition === undefined) throw new Error(ALTERED)
    return new EventDraft(
      definition,
      row[1] ?? undefined,
      row[2] ?? undefined,
      row[3] ?? undefined,
      row[4] ?? undefined,
      row[5] ?? undefined,
      row[6],
      row[7] ?? undefined,
      row[8] ?? undefined,
    )
  }

  #toAside(item: FeedItem): AsideItem {
    if (isFeedProblem(item)) return { problem: [item.source, item.position, item.reason] }
    return isDraft(item) ? { draft: this.#toRow(item) } : { input: item }
  }

  /** What cannot be written down (a function, what throws when it is read) becomes a problem, and takes no other along. */
  #clone(aside: readonly AsideItem[]): Buffer {
    try {
      return serialize(aside)
    } catch {
      return serialize(aside.map((item) => this.#writable(item)))
    }
  }

  #writable(item: AsideItem): AsideItem {
    try {
      serialize(item)
      return item
    } catch (error) {
      this.#unwritable += 1
      return { problem: ['sort', this.#unwritable, `the record cannot be read: ${describeThrown(error)}`] }
    }
  }

  #fromAside(item: AsideItem | undefined): FeedItem {
    if (item === undefined) throw new Error(ALTERED)
    if ('input' in item) return item.input
    return 'draft' in item ? this.#fromRow(item.draft) : new FeedProblem(...item.problem)
  }
}
