import { deserialize, serialize } from 'node:v8'
import { isPlain } from '../journal/encode.js'
import type { NumberReader, NumberWriter } from './numbers.js'

/** How the values of one field are kept. */
export type ColumnForm =
  /** In the block's numbers. */
  | 'n'
  /** As a JSON array. */
  | 'j'
  /** By V8's own serialisation, as base64: dates, maps, big integers and the like. */
  | 'v'

/** Values of one kind of column in turn: of each the form, and of those in text the text. */
export interface WrittenColumn {
  readonly form: ColumnForm
  readonly text: string
}

/** What every event has a number of, side by side; used again for each block. */
export class EventColumns {
  readonly sequences: Float64Array
  readonly timestamps: Float64Array
  readonly receivedAts: Float64Array
  readonly kindOf: Float64Array
  readonly concernOf: Float64Array

  constructor(readonly length: number) {
    this.sequences = new Float64Array(length)
    this.timestamps = new Float64Array(length)
    this.receivedAts = new Float64Array(length)
    this.kindOf = new Float64Array(length)
    this.concernOf = new Float64Array(length)
  }
}

/** Values of a payload's field on their way into the numbers; used again for each column. */
let scratch = new Float64Array(512)

export function writeColumn(values: readonly unknown[], numbers: NumberWriter): WrittenColumn {
  if (copyNumbers(values)) {
    numbers.add(scratch, values.length)
    return { form: 'n', text: '' }
  }
  if (isPlain(values, 0)) return { form: 'j', text: JSON.stringify(values) }
  return { form: 'v', text: serialize(values).toString('base64') }
}

export function readColumn(
  form: ColumnForm,
  count: number,
  text: () => string,
  numbers: NumberReader,
): () => ArrayLike<unknown> {
  if (form === 'n') {
    const column = numbers.next(count)
    return () => column
  }
  if (form === 'j') return () => JSON.parse(text()) as readonly unknown[]
  return () => deserialize(Buffer.from(text(), 'base64')) as readonly unknown[]
}

/** Copies the values into `scratch`; false if one of them is no number. */
function copyNumbers(values: readonly unknown[]): boolean {
  if (scratch.length < values.length) scratch = new Float64Array(values.length)
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    if (typeof value !== 'number') return false
    scratch[index] = value
  }
  return true
}
