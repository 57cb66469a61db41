import { isAscii, isUtf8 } from 'node:buffer'

const NEWLINE = 10

/** A line that cannot be read as text; it holds its place, so that the numbers of the others are right. */
export class BrokenLine {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** Consecutive lines without their ends; `first` is the number of the first, counted from 1. */
export interface LineBlock {
  readonly first: number
  readonly lines: readonly (string | BrokenLine)[]
}

export interface LineOptions {
  /** A longer line is broken, and never held in memory as a whole. */
  readonly maxLineBytes: number
}

const tooLong = (limit: number): BrokenLine => new BrokenLine(`the line is longer than ${limit} bytes`)
const notText = new BrokenLine('the line is not valid UTF-8')

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** Splits byte by byte: for the rare piece that is not all good text. */
function splitCarefully(bytes: Buffer, limit: number): (string | BrokenLine)[] {
  const lines: (string | BrokenLine)[] = []
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start)
    const end = found < 0 ? bytes.length : found
    const line = bytes.subarray(start, end)
    if (line.length > limit) lines.push(tooLong(limit))
    else lines.push(isUtf8(line) ? withoutReturn(line.toString('utf8')) : notText)
    start = end + 1
  }
  return lines
}

function split(bytes: Buffer, limit: number): (string | BrokenLine)[] {
  if (bytes.length > limit) return splitCarefully(bytes, limit)
  const ascii = isAscii(bytes)
  if (!ascii && !isUtf8(bytes)) return splitCarefully(bytes, limit)
  const text = ascii ? bytes.toString('latin1') : bytes.toString('utf8')
  const lines = text.split('\n')
  if (text.includes('\r')) {
    for (let i = 0; i < lines.length; i += 1) lines[i] = withoutReturn(lines[i] ?? '')
  }
  return lines
}

/**
 * Text lines of a stream of bytes (UTF-8, ended by LF or CR LF, a byte order mark left out), one
 * block for each piece that comes. Memory is bounded by the piece and `maxLineBytes`: a file without
 * a line end is one broken line and not an allocation of its size.
 */
export async function* readLines(bytes: AsyncIterable<Uint8Array>, options: LineOptions): AsyncGenerator<LineBlock> {
  const { maxLineBytes } = options
  let held: Uint8Array[] = []
  let heldBytes = 0
  let skipping = false
  let next = 1

  const block = (lines: readonly (string | BrokenLine)[]): LineBlock => {
    const first = next
    next += lines.length
    const start = lines[0]
    if (first === 1 && typeof start === 'string' && start.startsWith('\uFEFF')) {
      return { first, lines: [start.slice(1), ...lines.slice(1)] }
    }
    return { first, lines }
  }

  for await (const piece of bytes) {
    let start = 0
    if (skipping) {
      const end = piece.indexOf(NEWLINE)
      if (end < 0) continue
      start = end + 1
      skipping = false
    }
    const end = piece.lastIndexOf(NEWLINE)
    if (end >= start) {
      held.push(piece.subarray(start, end))
      const whole = Buffer.concat(held)
      held = []
      heldBytes = 0
      yield block(split(whole, maxLineBytes))
      start = end + 1
    }
    if (start === piece.length) continue
    held.push(piece.subarray(start))
    heldBytes += piece.length - start
    // One byte more than the limit is let through here, as it may be the CR of a CR LF.
    if (heldBytes > maxLineBytes + 1) {
      held = []
      heldBytes = 0
      skipping = true
      yield block([tooLong(maxLineBytes)])
    }
  }
  if (heldBytes > 0) yield block(split(Buffer.concat(held), maxLineBytes))
}
