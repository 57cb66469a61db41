import { closeSync, openSync, readSync } from 'node:fs'

const PIECE_BYTES = 1_048_576
const NEWLINE = 10

/** One line of a file and where it begins, in bytes. */
export interface Line {
  readonly text: string
  readonly offset: number
  readonly next: number
}

/** The lines of a file from a byte on; what follows the last newline is a line too. Memory is bounded by the longest. */
export function* linesOf(path: string, from = 0): Generator<Line> {
  const file = openSync(path, 'r')
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES)
    let rest: Buffer = Buffer.alloc(0)
    let at = from
    for (;;) {
      const bytes = readSync(file, piece, 0, PIECE_BYTES, at + rest.length)
      if (bytes === 0) break
      const all = Buffer.concat([rest, piece.subarray(0, bytes)])
      let begin = 0
      for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, begin)) {
        yield { text: all.toString('utf8', begin, end), offset: at + begin, next: at + end + 1 }
        begin = end + 1
      }
      rest = all.subarray(begin)
      at += begin
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), offset: at, next: at + rest.length }
  } finally {
    closeSync(file)
  }
}
