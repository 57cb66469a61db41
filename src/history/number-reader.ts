import { SCALES } from './frame.js'
import { endOf, RAW } from './numbers.js'

/** Reads columns of numbers back in the order in which they were added. */
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
      this.#at = endOf(at + 8, count, 8)
      return new Float64Array(this.#buffer, at + 8, count)
    }
    const width = this.#bytes[at + 1] ?? 0
    const bySteps = this.#bytes[at + 2] === 1
    const [base = 0, first = 0] = new Float64Array(this.#buffer, at + 8, bySteps ? 2 : 1)
    const values = at + (bySteps ? 24 : 16)
    const end = endOf(values, count, width)
    const column = new Float64Array(count)
    if (width > 0) column.set(this.#written(values, count, width))
    const scale = SCALES[form] ?? 1
    if (bySteps) addUp(column, first, base, scale)
    else for (let index = 0; index < count; index += 1) column[index] = (base + (column[index] ?? 0)) / scale
    this.#at = this.#putExceptions(column, end, new Uint32Array(this.#buffer, at + 4, 1)[0] ?? 0)
    return column
  }

  /** Returns where they end. */
  #putExceptions(column: Float64Array, at: number, count: number): number {
    if (count === 0) return at
    const values = new Float64Array(this.#buffer, at, count)
    const rows = new Uint32Array(this.#buffer, at + count * 8, count)
    for (let index = 0; index < count; index += 1) column[rows[index] ?? 0] = values[index] ?? 0
    return endOf(at + count * 8, count, 4)
  }

  #written(at: number, count: number, width: number): Uint8Array | Uint16Array | Uint32Array {
    if (width === 1) return new Uint8Array(this.#buffer, at, count)
    if (width === 2) return new Uint16Array(this.#buffer, at, count)
    return new Uint32Array(this.#buffer, at, count)
  }
}

/** Makes steps into numbers. A division rounds to the double that the decimal stands for; a multiplication by 0.01 would not. */
function addUp(column: Float64Array, first: number, leastStep: number, scale: number): void {
  let whole = first
  column[0] = whole / scale
  for (let index = 1; index < column.length; index += 1) {
    whole += leastStep + (column[index] ?? 0)
    column[index] = whole / scale
  }
}
