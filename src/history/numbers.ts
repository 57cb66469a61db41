/**
 * Columns of numbers in as few bytes as give every one of them back exactly. Prices, sizes and times
 * are nearly always decimals of a few places, or grow by little: four bytes each instead of eight,
 * and bytes that repeat, which is what a compressor lives on.
 */

/** How a column is written: a scale (the numbers times 10^n as 32-bit integers), or one of these. */
const RAW = 255
/** Whole numbers, as by how much each differs from the one before it. */
const STEPS = 254
/** Whole numbers of a byte each: kinds and symbols, of which a block has few. */
const BYTES = 253
/** Whole numbers that grow by no more than a byte holds: sequences, and times of a busy feed. */
const BYTE_STEPS = 252

const SCALES = [1, 100, 10_000, 1_000_000]
const MOST = 2_147_483_647

/** Bytes that grow as columns are added, each column on an eight-byte boundary. */
export class NumberWriter {
  #bytes = new ArrayBuffer(4_096)
  #whole = new Int32Array(this.#bytes)
  #double = new Float64Array(this.#bytes)
  #octets = new Uint8Array(this.#bytes)
  #length = 0

  /** Adds a column of the first `count` numbers; their number is for the reader to know. */
  add(column: Float64Array, count: number): void {
    const at = this.#length
    // Room for the longest form; of a form that does not fit, the next writes over what was begun.
    this.#reserve(at + 8 + count * 8)
    if (this.#byBytes(column, count, at + 8)) {
      this.#end(at, BYTES, at + 8 + count)
      return
    }
    if (this.#byByteSteps(column, count, at + 16)) {
      this.#double[(at + 8) >> 3] = column[0] ?? 0
      this.#end(at, BYTE_STEPS, at + 16 + count)
      return
    }
    for (let form = 0; form < SCALES.length; form += 1) {
      if (!this.#scale(column, count, SCALES[form] ?? 1, (at + 8) >> 2)) continue
      this.#end(at, form, at + 8 + count * 4)
      return
    }
    if (this.#steps(column, count, (at + 16) >> 2)) {
      this.#double[(at + 8) >> 3] = column[0] ?? 0
      this.#end(at, STEPS, at + 16 + count * 4)
      return
    }
    this.#double.set(count === column.length ? column : column.subarray(0, count), (at + 8) >> 3)
    this.#end(at, RAW, at + 8 + count * 8)
  }

  /** What was added; the writer begins anew. */
  take(): Uint8Array {
    const bytes = this.#octets.subarray(0, this.#length)
    this.#length = 0
    return bytes
  }

  #byBytes(column: Float64Array, count: number, at: number): boolean {
    const into = this.#octets
    for (let index = 0; index < count; index += 1) {
      const value = column[index] ?? 0
      const byte = value & 255
      if (byte !== value || Object.is(value, -0)) return false
      into[at + index] = byte
    }
    return true
  }

  #byByteSteps(column: Float64Array, count: number, at: number): boolean {
    const into = this.#octets
    let before = column[0] ?? 0
    for (let index = 0; index < count; index += 1) {
      const value = column[index] ?? 0
      const step = value - before
      if (!(step >= 0 && step <= 255) || !Number.isSafeInteger(value) || Object.is(value, -0)) return false
      into[at + index] = step
      before = value
    }
    return true
  }

  /** Writes decimals as whole numbers, unless one of them would not come back as it was. */
  #scale(column: Float64Array, count: number, scale: number, at: number): boolean {
    const into = this.#whole
    for (let index = 0; index < count; index += 1) {
      const value = column[index] ?? 0
      const scaled = Math.round(value * scale)
      if (!(scaled <= MOST && scaled >= -MOST) || scaled / scale !== value) return false
      if (value === 0 && Object.is(value, -0)) return false
      into[at + index] = scaled
    }
    return true
  }

  /** Writes by how much whole numbers grow, unless one is far from the one before it. */
  #steps(column: Float64Array, count: number, at: number): boolean {
    const into = this.#whole
    let before = column[0] ?? 0
    for (let index = 0; index < count; index += 1) {
      const value = column[index] ?? 0
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) return false
      const step = value - before
      if (step > MOST || step < -MOST) return false
      into[at + index] = step
      before = value
    }
    return true
  }

  /** Closes a column with its form in front, and nothing of an earlier one in the padding behind it. */
  #end(at: number, form: number, end: number): void {
    const aligned = (end + 7) & ~7
    this.#double[at >> 3] = 0
    this.#octets[at] = form
    this.#octets.fill(0, end, aligned)
    this.#length = aligned
  }

  #reserve(end: number): void {
    // A column of steps that has one number is longer than its raw form by the padding.
    const bytes = end + 16
    if (bytes <= this.#bytes.byteLength) return
    const larger = new ArrayBuffer(Math.max((bytes + 7) & ~7, this.#bytes.byteLength * 2))
    const octets = new Uint8Array(larger)
    octets.set(this.#octets.subarray(0, this.#length))
    this.#bytes = larger
    this.#octets = octets
    this.#whole = new Int32Array(larger)
    this.#double = new Float64Array(larger)
  }
}

/** Reads columns back in the order in which they were added. */
export class NumberReader {
  readonly #buffer: ArrayBuffer
  readonly #bytes: Uint8Array
  #at: number

  /** @param at where the first column begins in the buffer: a multiple of eight. */
  constructor(buffer: ArrayBuffer, at: number) {
    this.#buffer = buffer
    this.#bytes = new Uint8Array(buffer)
    this.#at = at
  }

  /** The next column, of so many numbers. */
  next(count: number): Float64Array {
    const at = this.#at
    const form = this.#bytes[at] ?? 0
    const values = form === STEPS || form === BYTE_STEPS ? at + 16 : at + 8
    const width = form === RAW ? 8 : form === BYTES || form === BYTE_STEPS ? 1 : 4
    this.#at = values + ((count * width + 7) & ~7)
    if (form === RAW) return new Float64Array(this.#buffer, values, count)
    const written =
      width === 1 ? new Uint8Array(this.#buffer, values, count) : new Int32Array(this.#buffer, values, count)
    if (form === BYTES) return Float64Array.from(written)
    const column = new Float64Array(count)
    if (form === STEPS || form === BYTE_STEPS) {
      let value = new Float64Array(this.#buffer, at + 8, 1)[0] ?? 0
      for (let index = 0; index < count; index += 1) {
        value += written[index] ?? 0
        column[index] = value
      }
      return column
    }
    const scale = SCALES[form] ?? 1
    // A division rounds to the double that the decimal stands for; a multiplication by 0.01 would not.
    for (let index = 0; index < count; index += 1) column[index] = (written[index] ?? 0) / scale
    return column
  }
}
