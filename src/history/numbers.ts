import { Frame } from './frame.js'

/**
 * Columns of numbers in as few bytes as give every one of them back exactly. Prices, sizes and times
 * are nearly always decimals of a few places: as whole numbers they lie close together or grow by
 * little, and what a column has in common stands in front of it once (frame of reference and delta
 * encoding, as in columnar databases). A byte or two is left of eight, and the compressor behind it
 * takes its time by the byte.
 *
 * A column begins with eight bytes: scale, width, 1 if it is kept by steps, and from the fifth on the number of
 * exceptions in 32 bits. Then comes, unless it is raw, the number that is added to each; of steps also the first
 * value; then the values; then the exceptions as doubles, and their rows. Every part begins at a multiple of eight.
 */

/** In place of a scale: doubles as they are. */
export const RAW = 255

const START_BYTES = 65_536
const KEPT_BYTES = 1_048_576

/** An unsigned number of so many bytes holds up to this. */
const widthOf = (range: number): number =>
  range === 0 ? 0 : range <= 255 ? 1 : range <= 65_535 ? 2 : range <= 4_294_967_295 ? 4 : 8

/** Where the values of a column end that begin at `at`. */
export const endOf = (at: number, count: number, width: number): number => (at + count * width + 7) & ~7

/** Bytes that grow as columns and texts are added; used again for each block. */
export class BlockWriter {
  #octets = new Uint8Array(0)
  #text = Buffer.alloc(0)
  #pairs = new Uint16Array(0)
  #quads = new Uint32Array(0)
  #doubles = new Float64Array(0)
  #length = 0
  readonly #frame = new Frame()

  get length(): number {
    return this.#length
  }

  /** Begins anew, with so many bytes left free in front: a multiple of eight. */
  begin(headBytes: number): void {
    // The room that one huge event took is not held for good.
    if (this.#octets.length < START_BYTES || this.#octets.length > KEPT_BYTES) this.#use(new ArrayBuffer(START_BYTES))
    this.#length = headBytes
    this.#octets.fill(0, 0, headBytes)
  }

  /** Sets a word of the head. */
  word(index: number, value: number): void {
    this.#quads[index] = value
  }

  /** Adds a column of the first `count` numbers; their number is for the reader to know. */
  numbers(column: Float64Array, count: number): void {
    const at = this.#length
    const frame = this.#frame
    // Room for the longest form.
    this.#reserve(at + 32 + count * 9)
    this.#doubles[at >> 3] = 0
    const fits = frame.fit(column, count)
    const bySteps = frame.stepRange < frame.range
    const width = widthOf(bySteps ? frame.stepRange : frame.range)
    if (!fits || width === 8) {
      this.#octets[at] = RAW
      this.#doubles.set(column.subarray(0, count), (at + 8) >> 3)
      this.#length = at + 8 + count * 8
      return
    }
    this.#octets[at] = frame.scale
    this.#octets[at + 1] = width
    this.#octets[at + 2] = bySteps ? 1 : 0
    this.#quads[(at + 4) >> 2] = frame.exceptions.length
    this.#doubles[(at + 8) >> 3] = bySteps ? frame.leastStep : frame.least
    if (bySteps) this.#doubles[(at + 16) >> 3] = frame.wholes[0] ?? 0
    const values = at + (bySteps ? 24 : 16)
    this.#length = endOf(values, count, width)
    // Nothing of an earlier block may be left in the padding.
    if (width > 0) this.#doubles[(this.#length - 8) >> 3] = 0
    if (width > 0 && bySteps) this.#steps(count, width, values)
    else if (width > 0) this.#offsets(count, width, values)
    if (frame.exceptions.length > 0) this.#exceptions(column, frame.exceptions)
  }

  /** Adds a column of the first `count` places, each from 0 to `most`. */
  places(column: Uint16Array, count: number, most: number): void {
    const at = this.#length
    const width = widthOf(most)
    this.#reserve(at + 24 + count * 2)
    this.#doubles[at >> 3] = 0
    this.#octets[at + 1] = width
    this.#doubles[(at + 8) >> 3] = 0
    this.#length = endOf(at + 16, count, width)
    if (width === 0) return
    this.#doubles[(this.#length - 8) >> 3] = 0
    const into = width === 1 ? this.#octets : this.#pairs
    into.set(column.subarray(0, count), (at + 16) / width)
  }

  /** Adds a text as UTF-8; returns its length in bytes. No numbers may follow it. */
  text(text: string): number {
    this.#reserve(this.#length + Buffer.byteLength(text))
    const bytes = this.#text.write(text, this.#length)
    this.#length += bytes
    return bytes
  }

  /** What was added; it is written over by the next block. */
  take(): Buffer {
    return this.#text.subarray(0, this.#length)
  }

  #offsets(count: number, width: number, at: number): void {
    const { wholes, least } = this.#frame
    const into = this.#ofWidth(width)
    const first = at / width
    for (let index = 0; index < count; index += 1) into[first + index] = (wholes[index] ?? 0) - least
  }

  /** The first value stands in front of the column, and its step is nothing. */
  #steps(count: number, width: number, at: number): void {
    const { wholes, leastStep } = this.#frame
    const into = this.#ofWidth(width)
    const first = at / width
    let before = wholes[0] ?? 0
    into[first] = 0
    for (let index = 1; index < count; index += 1) {
      const whole = wholes[index] ?? 0
      into[first + index] = whole - before - leastStep
      before = whole
    }
  }

  #exceptions(column: Float64Array, rows: readonly number[]): void {
    const values = this.#length
    const places = values + rows.length * 8
    this.#length = endOf(places, rows.length, 4)
    this.#doubles[(this.#length - 8) >> 3] = 0
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] ?? 0
      this.#doubles[(values >> 3) + index] = column[row] ?? 0
      this.#quads[(places >> 2) + index] = row
    }
  }

  #ofWidth(width: number): Uint8Array | Uint16Array | Uint32Array {
    return width === 1 ? this.#octets : width === 2 ? this.#pairs : this.#quads
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#octets.length) return
    const before = this.#octets.subarray(0, this.#length)
    this.#use(new ArrayBuffer(Math.max((bytes + 7) & ~7, this.#octets.length * 2)))
    this.#octets.set(before)
  }

  #use(buffer: ArrayBuffer): void {
    this.#octets = new Uint8Array(buffer)
    this.#text = Buffer.from(buffer)
    this.#pairs = new Uint16Array(buffer)
    this.#quads = new Uint32Array(buffer)
    this.#doubles = new Float64Array(buffer)
  }
}
