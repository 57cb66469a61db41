import { deserialize, serialize } from 'node:v8'
import { isPlain } from '../journal/encode.js'
import type { ColumnForm } from './layout.js'
import type { NumberReader } from './number-reader.js'
import type { BlockWriter } from './numbers.js'
import { roughBytes } from './size.js'

const START_ROWS = 16
const NONE: Float64Array = new Float64Array(0)

/** A column with room for twice as many rows, at first for a few. */
export function larger(column: Float64Array): Float64Array {
  const grown = new Float64Array(Math.max(START_ROWS, column.length * 2))
  grown.set(column)
  return grown
}

/** What a column leaves to be written behind the numbers. */
export interface WrittenColumn {
  readonly form: ColumnForm
  readonly text: string
  /** Values that nothing can encode, which are kept as undefined. */
  readonly lost?: number
}

const AS_NUMBERS: WrittenColumn = { form: 'n', text: '' }

/** The values of one field: numbers side by side, as long as it has nothing else. */
export class ValueColumn {
  #numbers = NONE
  #values: unknown[] | undefined

  /** Sets the value of a row that is the next one or was set before. Returns about what it holds beyond a number. */
  set(row: number, value: unknown): number {
    if (typeof value !== 'number' || this.#values !== undefined) return this.#setAny(row, value)
    if (row >= this.#numbers.length) this.#numbers = larger(this.#numbers)
    this.#numbers[row] = value
    return 0
  }

  /** The first so many, to be read before more are set. */
  values(rows: number): ArrayLike<unknown> {
    return this.#values ?? this.#numbers.subarray(0, rows)
  }

  write(rows: number, writer: BlockWriter): WrittenColumn {
    if (this.#values === undefined) {
      writer.numbers(this.#numbers, rows)
      return AS_NUMBERS
    }
    const values = this.#values
    values.length = rows
    try {
      if (isPlain(values, 0)) return { form: 'j', text: JSON.stringify(values) }
      return { form: 'v', text: serialize(values).toString('base64') }
    } catch {
      return rescued(values)
    }
  }

  /** Begins anew; room for numbers is kept. */
  reset(): void {
    this.#values = undefined
  }

  #setAny(row: number, value: unknown): number {
    this.#values ??= Array.from(this.#numbers.subarray(0, row))
    this.#values[row] = value
    return roughBytes(value)
  }
}

/** A function, a promise or a getter that throws must not take all other values of its block with it. */
function rescued(values: readonly unknown[]): WrittenColumn {
  let lost = 0
  const kept = values.map((value) => {
    try {
      // There and back, as looked at once more it may answer otherwise.
      return deserialize(serialize(value)) as unknown
    } catch {
      lost += 1
      return undefined
    }
  })
  return { form: 'v', text: serialize(kept).toString('base64'), lost }
}

/** Reads a column; what it returns gives the values, and nothing of a text is parsed before. */
export function readColumn(
  form: ColumnForm,
  count: number,
  text: () => string,
  numbers: NumberReader,
): () => ArrayLike<unknown> {
  if (form === 'n' || form === 'c') {
    const column = numbers.next(count)
    return form === 'n' ? () => column : () => counted(JSON.parse(text()) as string, column)
  }
  if (form === 'j') return () => JSON.parse(text()) as readonly unknown[]
  return () => deserialize(Buffer.from(text(), 'base64')) as readonly unknown[]
}

/** Ids of one stem that count up. */
export function counted(stem: string, column: Float64Array): string[] {
  return Array.from(column, (number) => stem + String(number))
}
