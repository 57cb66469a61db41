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

export function writeColumn(values: readonly unknown[], numbers: NumberWriter): WrittenColumn {
  if (allNumbers(values)) {
    numbers.add(values)
    return { form: 'n', text: '' }
  }
  if (isPlain(values, 0)) return { form: 'j', text: JSON.stringify(values) }
  return { form: 'v', text: serialize(values).toString('base64') }
}

/** A function that reads the values back; nothing of a text is parsed before it is called. */
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

function allNumbers(values: readonly unknown[]): values is readonly number[] {
  for (let index = 0; index < values.length; index += 1) if (typeof values[index] !== 'number') return false
  return true
}
