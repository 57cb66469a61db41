import { closeSync, openSync, writeSync } from 'node:fs'
import { OutcryError } from 'outcry'

/** Characters gathered before they are written. */
const GATHERED = 262_144

/**
 * Writes a text file in large pieces, at once, so that what waits in memory is bounded by one piece
 * however fast it comes.
 */
export class FileWriter {
  private pieces: string[] = []
  private length = 0
  private readonly file: number

  /** @throws {OutcryError} OUTCRY_OPTION_INVALID if the file cannot be written. */
  constructor(readonly path: string) {
    try {
      this.file = openSync(path, 'w')
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new OutcryError('OUTCRY_OPTION_INVALID', `The file ${path} cannot be written: ${why}`, {
        value: path,
        cause,
      })
    }
  }

  write = (text: string): void => {
    this.pieces.push(text)
    this.length += text.length
    if (this.length >= GATHERED) this.flush()
  }

  close(): void {
    this.flush()
    closeSync(this.file)
  }

  private flush(): void {
    if (this.length === 0) return
    writeSync(this.file, this.pieces.join(''))
    this.pieces = []
    this.length = 0
  }
}
