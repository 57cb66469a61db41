import type { OutcryEvent } from '../events/event.js'
import { readColumn } from './columns.js'
import { CAUSED, CORRELATED, HEAD_BYTES, type Layout } from './layout.js'
import { NumberReader } from './number-reader.js'
import { type BlockFilter, type KindRows, readRows } from './rows.js'

type Column = ArrayLike<unknown>

const NOTHING: Column = []

/**
 * The events of a block that are wanted, in order. Of a column of text nothing is parsed that no wanted
 * event needs.
 */
export function decodeBlock(block: Buffer, filter: BlockFilter = {}): OutcryEvent[] {
  const bytes = aligned(block)
  const numbersBytes = bytes.readUInt32LE(0)
  const layoutBytes = bytes.readUInt32LE(4)
  const layoutAt = HEAD_BYTES + numbersBytes
  const layout = JSON.parse(bytes.toString('utf8', layoutAt, layoutAt + layoutBytes)) as Layout
  const { count, kinds, concerns } = layout
  const numbers = new NumberReader(bytes.buffer as ArrayBuffer, bytes.byteOffset + HEAD_BYTES)
  const sequences = numbers.next(count)
  const timestamps = numbers.next(count)
  const receivedAts = numbers.next(count)
  const kindOf = numbers.next(count)
  const concernOf = numbers.next(count)
  const sizes = new Int32Array(kinds.length)
  for (let index = 0; index < count; index += 1) {
    const kind = kindOf[index] ?? 0
    sizes[kind] = (sizes[kind] ?? 0) + 1
  }
  const columns = new ColumnReader(bytes, layoutAt + layoutBytes, layout.columns, numbers)
  const read = kinds.map(([, , , , links, fields], index) => {
    const size = sizes[index] ?? 0
    const ids = columns.next(size)
    const correlations = (links & CORRELATED) === 0 ? undefined : columns.next(size)
    const causes = (links & CAUSED) === 0 ? undefined : columns.next(size)
    const values = (fields ?? ['']).map(() => columns.next(size))
    return (): KindRows => ({
      ids: ids(),
      correlations: correlations?.() ?? NOTHING,
      causes: causes?.() ?? NOTHING,
      columns: values.map((column) => column()),
    })
  })
  const rowsOf = (kind: number): KindRows => (read[kind] as () => KindRows)()
  return readRows({ count, sequences, timestamps, receivedAts, kindOf, concernOf, kinds, concerns, rowsOf }, filter)
}

/** Hands out the columns of the kinds in order, no text of them read before it is asked for. */
class ColumnReader {
  #index = 0
  #at: number

  constructor(
    private readonly bytes: Buffer,
    at: number,
    private readonly columns: Layout['columns'],
    private readonly numbers: NumberReader,
  ) {
    this.#at = at
  }

  next(count: number): () => Column {
    const [form, length] = this.columns[this.#index] ?? ['j', 0]
    const at = this.#at
    this.#index += 1
    this.#at = at + length
    return readColumn(form, count, () => this.bytes.toString('utf8', at, at + length), this.numbers)
  }
}

/** Numbers can only be read from a multiple of eight. */
function aligned(block: Buffer): Buffer {
  if (block.byteOffset % 8 === 0) return block
  const copy = Buffer.from(new ArrayBuffer(block.length))
  copy.set(block)
  return copy
}
