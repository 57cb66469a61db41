import { counted, larger, type WrittenColumn } from './columns.js'
import type { BlockWriter } from './numbers.js'
import { roughBytes } from './size.js'

const ZERO = 48
/** So many digits are exact in a double. */
const MAX_DIGITS = 15

/**
 * The ids of one kind's events. Most sources count: `feed:1042`, `feed:1043`; of these the stem is kept once,
 * and the numbers as numbers. The first id that is not of the column's stem makes it a column of texts.
 */
export class IdColumn {
  #stem = ''
  #numbers: Float64Array = new Float64Array(0)
  #ids: string[] | undefined

  /** Adds the next row's id. Returns about what it holds beyond a number. */
  set(row: number, id: string): number {
    if (this.#ids === undefined) {
      if (row === 0) this.#stem = stemOf(id)
      const number = numberAfter(this.#stem, id)
      if (number >= 0) {
        if (row >= this.#numbers.length) this.#numbers = larger(this.#numbers)
        this.#numbers[row] = number
        return 0
      }
      this.#ids = counted(this.#stem, this.#numbers.subarray(0, row))
    }
    this.#ids[row] = id
    return roughBytes(id)
  }

  /** The first so many. */
  values(rows: number): ArrayLike<string> {
    return this.#ids ?? counted(this.#stem, this.#numbers.subarray(0, rows))
  }

  write(rows: number, writer: BlockWriter): WrittenColumn {
    if (this.#ids !== undefined) return { form: 'j', text: JSON.stringify(this.#ids) }
    writer.numbers(this.#numbers, rows)
    // As JSON, since half of a surrogate pair would not come back from UTF-8.
    return { form: 'c', text: JSON.stringify(this.#stem) }
  }

  reset(): void {
    this.#ids = undefined
  }
}

/** All before the number at the end. Leading zeros belong to it, as they would not come back. */
function stemOf(id: string): string {
  let end = id.length
  while (end > 0 && id.length - end < MAX_DIGITS && isDigit(id.charCodeAt(end - 1))) end -= 1
  while (end < id.length - 1 && id.charCodeAt(end) === ZERO) end += 1
  return id.slice(0, end)
}

/** The number behind the stem; -1 where the id is not of that form, or the number would not come back as it was. */
function numberAfter(stem: string, id: string): number {
  const start = stem.length
  const digits = id.length - start
  if (digits <= 0 || digits > MAX_DIGITS) return -1
  if (digits > 1 && id.charCodeAt(start) === ZERO) return -1
  let number = 0
  for (let index = start; index < id.length; index += 1) {
    const code = id.charCodeAt(index)
    if (!isDigit(code)) return -1
    number = number * 10 + code - ZERO
  }
  for (let index = start - 1; index >= 0; index -= 1) if (id.charCodeAt(index) !== stem.charCodeAt(index)) return -1
  return number
}

const isDigit = (code: number): boolean => code >= ZERO && code <= 57
