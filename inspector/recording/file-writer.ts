import { closeSync, openSync, writeSync } from 'node:fs'
import { OutcryError } from 'outcry'

/** Characters gathered before they are written. */
const GATHERED = 262_144

/**
 * Writes a text file in large pieces, at once, so that what waits in memory is bounded by one piece
 * however fast it comes. After a write that failed nothing more is written, as whoever writes is in the
 * middle of something else; `close` tells of it.
 */
export class FileWriter {
  private pieces: string[] = []
  private length = 0
  private readonly file: number
  private failure: unknown

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
    if (this.failure !== undefined) return
    this.pieces.push(text)
    this.length += text.length
    if (this.length >= GATHERED) this.flush()
  }

  /** @throws {OutcryError} OUTCRY_FILE_FAILED if not all of it could be written. */
  close(): void {
    this.flush()
    try {
      closeSync(this.file)
    } catch (error) {
      this.failure ??= error
    }
    const { failure, path } = this
    if (failure === undefined) return
    const why = failure instanceof Error ? failure.message : String(failure)
    const message = `The file ${path} could not be written to its end: ${why}`
    throw new OutcryError('OUTCRY_FILE_FAILED', message, { path, cause: failure })
  }

  private flush(): void {
    if (this.length === 0) return
    const bytes = Buffer.from(this.pieces.join(''))
    this.pieces = []
    this.length = 0
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.file, bytes, done)
    } catch (error) {
      this.failure = error
    }
  }
}
