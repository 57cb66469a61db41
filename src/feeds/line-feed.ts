import type { Feed, FeedContext, FeedItem } from './feed.js'
import { FeedProblem } from './feed.js'
import { BATCH_ITEMS, feedError, fileBytes, requireFile, requireStream, streamBytes } from './files.js'
import { type BrokenLine, readLines } from './lines.js'

/** Turns lines into items, one reading's worth of state. */
export interface LineReader {
  /** Takes the line of that number and adds what it makes of it, if anything, to `out`. */
  line(text: string, number: number, out: FeedItem[]): void
  /** A line that is not text; without this it is reported as a problem. */
  broken?(number: number, reason: string, out: FeedItem[]): void
  /** After the last line. */
  end?(out: FeedItem[]): void
}

export interface LineFeedParts {
  /** The feed's name, such as `csv:prices.csv`. */
  readonly name: string
  readonly path: string
  readonly maxLineBytes: number
  /** Looks into the file before anything starts. */
  readonly check?: () => Promise<void>
  readonly reader: (context: FeedContext) => LineReader | Promise<LineReader>
  /** It is read once, from its start to its end: then it may be a pipe, or `-` for standard input. */
  readonly once?: boolean
  /** Its events are of now, not of a recording. */
  readonly live?: boolean
  /** Default: the file as it is, and its size. */
  readonly source?: {
    /** Undefined where nobody knows how much will come. */
    size(): Promise<number | undefined>
    /** `onRead` is told how many of `size` were read. */
    bytes(onRead: (bytes: number) => void, signal: AbortSignal): AsyncIterable<Uint8Array>
  }
}

/** The least and the most that `maxLineBytes` of a feed may be; its default is a mebibyte. */
export const LINE_BYTES = { min: 1, max: 268_435_456, default: 1_048_576 } as const

/** A feed that reads a text file line by line, in bounded memory, at the pace of whoever pulls. */
export function lineFeed(parts: LineFeedParts): Feed {
  const { name, path, maxLineBytes } = parts
  const plain = {
    size: () => requireFile(path, name),
    bytes: (onRead: (bytes: number) => void) => counted(fileBytes(path), onRead),
  }
  const flowing = {
    size: () => requireStream(path, name),
    bytes: (onRead: (bytes: number) => void, signal: AbortSignal) => counted(streamBytes(path, signal), onRead),
  }
  const source = parts.source ?? (parts.once === true ? flowing : plain)
  let total: number | undefined
  let done = 0

  async function* read(context: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    const { signal } = context
    done = 0
    try {
      total ??= await source.size()
      const reader = await parts.reader(context)
      let out: FeedItem[] = []
      const bytes = source.bytes((count) => {
        done += count
      }, signal)
      for await (const block of readLines(bytes, { maxLineBytes })) {
        let number = block.first
        for (const line of block.lines) {
          if (typeof line === 'string') reader.line(line, number, out)
          else if (reader.broken === undefined) out.push(new FeedProblem(name, number, reasonOf(line)))
          else reader.broken(number, reasonOf(line), out)
          number += 1
          if (out.length >= BATCH_ITEMS) {
            if (signal.aborted) return
            yield out
            out = []
          }
        }
        if (signal.aborted) return
        // More may be long in coming.
        if (parts.once === true && out.length > 0) {
          yield out
          out = []
        }
      }
      reader.end?.(out)
      for (let i = 0; i < out.length; i += BATCH_ITEMS) yield out.slice(i, i + BATCH_ITEMS)
    } catch (error) {
      // A stream that was destroyed as nobody wants it any more says so by an error.
      if (signal.aborted) return
      throw feedError(error, name)
    }
  }

  return {
    name,
    recorded: parts.live !== true,
    get total() {
      return total
    },
    progress: () => Math.round(done),
    async prepare() {
      total = await source.size()
      await parts.check?.()
    },
    read,
  }
}

const reasonOf = (line: BrokenLine): string => line.reason

async function* counted(bytes: AsyncIterable<Uint8Array>, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    onRead(piece.length)
    yield piece
  }
}
