import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { EventDefinition } from '../events/define.js'
import { EventDraft, type EventInput } from '../events/draft.js'
import { type FeedItem, FeedProblem } from './feed.js'
import type { TimedBatch } from './timed.js'

/** Where one block of a run lies in the spill file. */
interface Block {
  readonly offset: number
  readonly bytes: number
}

/** Items in order of time, written down. */
export interface Run {
  readonly blocks: readonly Block[]
}

type DraftRow = readonly [
  definition: number,
  id: string | undefined,
  timestamp: number | undefined,
  source: string | undefined,
  symbol: string | undefined,
  symbols: readonly string[] | undefined,
  payload: unknown,
  correlationId: string | undefined,
  causationId: string | undefined,
]

type Row = DraftRow | readonly ['input', EventInput] | readonly ['problem', string, number, string]

/**
 * A temporary file for sorting, in a folder of its own. Where the system allows it (everywhere but
 * Windows) the file has no name any more once it is open, so that nothing remains of it even if the
 * process is killed.
 *
 * Blocks are written in V8's structured-clone form, as JSON would change the dates, maps, big
 * integers and absent fields that a payload may hold.
 */
export class Spill {
  readonly #directory: string
  readonly #file: FileHandle
  readonly #definitions: EventDefinition<string, unknown>[] = []
  readonly #indices = new Map<EventDefinition<string, unknown>, number>()
  #end = 0

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
      const bytes = serialize([times.slice(), items.map((item) => this.#toRow(item))])
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
      const [times, rows]: [Float64Array, readonly Row[]] = deserialize(buffer)
      yield { times, items: rows.map((row) => this.#toItem(row)) }
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #toRow(item: FeedItem): Row {
    if (item instanceof FeedProblem) return ['problem', item.source, item.position, item.reason]
    if (!(item instanceof EventDraft)) return ['input', item]
    let index = this.#indices.get(item.definition)
    if (index === undefined) {
      index = this.#definitions.push(item.definition) - 1
      this.#indices.set(item.definition, index)
    }
    return [
      index,
      item.id,
      item.timestamp,
      item.source,
      item.symbol,
      item.symbols,
      item.payload,
      item.correlationId,
      item.causationId,
    ]
  }

  #toItem(row: Row): FeedItem {
    if (row[0] === 'input') return row[1]
    if (row[0] === 'problem') return new FeedProblem(row[1], row[2], row[3])
    const definition = this.#definitions[row[0]]
    if (definition === undefined) throw new Error('the temporary file of the sort has been altered')
    return new EventDraft(definition, row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8])
  }
}
