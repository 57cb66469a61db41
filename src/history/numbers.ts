/**
 * Columns of numbers in as few bytes as give every one of them back exactly. Prices, sizes and times
 * are nearly always decimals of a few places, or grow by little: four bytes each instead of eight,
 * and bytes that repeat, which is what a compressor lives on.
 */

/** How a column is written: a scale (the numbers times 10^n as 32-bit integers), or one of these. */
const RAW = 255
const STEPS = 254

const SCALES = [1, 100, 10_000, 1_000_000]
const MOST = 2_147_483_647

/** Bytes that grow as columns are added, each column on an eight-byte boundary. */
export class NumberWriter {
  #bytes = new ArrayBuffer(4_096)
  #length = 0

  /** Adds a column; its length is for the reader to know. */
  add(column: readonly number[]): void {
    const form = formOf(column)
    const count = column.length
    const at = this.#reserve(8 + (form === RAW ? count * 8 : form === STEPS ? 8 + count * 4 : count * 4))
    new DataView(this.#bytes).setUint8(at, form)
    if (form === RAW) {
      new Float64Array(this.#bytes, at + 8, count).set(column)
      return
    }
    if (form === STEPS) {
      new Float64Array(this.#bytes, at + 8, 1)[0] = column[0] ?? 0
      const into = new Int32Array(this.#bytes, at + 16, count)
      for (let index = 1; index < count; index += 1) into[index] = (column[index] ?? 0) - (column[index - 1] ?? 0)
      return
    }
    const scale = SCALES[form] ?? 1
    const into = new Int32Array(this.#bytes, at + 8, count)
    for (let index = 0; index < count; index += 1) into[index] = Math.round((column[index] ?? 0) * scale)
  }

  /** What was added; the writer begins anew. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#bytes, 0, this.#length)
    this.#length = 0
    return bytes
  }

  #reserve(bytes: number): number {
    const at = this.#length
    const end = at + ((bytes + 7) & ~7)
    if (end > this.#bytes.byteLength) {
      const larger = new ArrayBuffer(Math.max(end, this.#bytes.byteLength * 2))
      new Uint8Array(larger).set(new Uint8Array(this.#bytes, 0, at))
      this.#bytes = larger
    }
    // A writer is used again, so the padding may hold something of before.
    new Uint8Array(this.#bytes, at, end - at).fill(0)
    this.#length = end
    return at
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
    if (form === RAW) {
      this.#at = at + 8 + count * 8
      return new Float64Array(this.#buffer, at + 8, count)
    }
    const column = new Float64Array(count)
    if (form === STEPS) {
      this.#at = at + 16 + ((count * 4 + 7) & ~7)
      const steps = new Int32Array(this.#buffer, at + 16, count)
      let value = new Float64Array(this.#buffer, at + 8, 1)[0] ?? 0
      for (let index = 0; index < count; index += 1) {
        value += steps[index] ?? 0
        column[index] = value
      }
      return column
    }
    this.#at = at + 8 + ((count * 4 + 7) & ~7)
    const scale = SCALES[form] ?? 1
    const scaled = new Int32Array(this.#buffer, at + 8, count)
    // A division rounds to the double that the decimal stands for; a multiplication by 0.01 would not.
    for (let index = 0; index < count; index += 1) column[index] = (scaled[index] ?? 0) / scale
    return column
  }

  /** Steps over a column that nobody asked for. */
  skip(count: number): void {
    const form = this.#bytes[this.#at] ?? 0
    const width = form === RAW ? count * 8 : form === STEPS ? 8 + count * 4 : count * 4
    this.#at += 8 + ((width + 7) & ~7)
  }
}

/** The tersest form that is exact. */
function formOf(column: readonly number[]): number {
  for (let form = 0; form < SCALES.length; form += 1) if (fits(column, SCALES[form] ?? 1)) return form
  return grows(column) ? STEPS : RAW
}

function fits(column: readonly number[], scale: number): boolean {
  for (let index = 0; index < column.length; index += 1) {
    const value = column[index] ?? 0
    const scaled = Math.round(value * scale)
    if (!(scaled <= MOST && scaled >= -MOST) || scaled / scale !== value) return false
    if (value === 0 && Object.is(value, -0)) return false
  }
  return true
}

/** Whole numbers, each near the one before it. */
function grows(column: readonly number[]): boolean {
  for (let index = 0; index < column.length; index += 1) {
    const value = column[index] ?? 0
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return false
    const step = index === 0 ? 0 : value - (column[index - 1] ?? 0)
    if (step > MOST || step < -MOST) return false
  }
  return true
}
