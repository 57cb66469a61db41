import type { OutcryEvent } from '../events/event.js'
import { ValueColumn, type WrittenColumn } from './columns.js'
import { IdColumn } from './ids.js'
import { CAUSED, CORRELATED, type Kind } from './layout.js'
import type { BlockWriter } from './numbers.js'

/** What a row of one column takes as a number. */
const NUMBER_BYTES = 8

/** The events of one kind, as columns. */
export class KindColumns {
  readonly kind: Kind
  /** Its place among the kinds of the block; -1 while that has none of it. */
  index = -1
  rows = 0
  readonly ids = new IdColumn()
  readonly correlations = new ValueColumn()
  readonly causes = new ValueColumn()
  readonly columns: readonly ValueColumn[]
  readonly #type: string
  readonly #source: string
  readonly #version: number
  readonly #marks: number
  readonly #links: number
  readonly #fields: readonly string[] | null
  readonly #rowBytes: number

  /** Of the kind of an event. */
  constructor(event: OutcryEvent) {
    const { type, version, source, marks, payload } = event
    const fields = fieldsOf(payload) ?? null
    this.kind = [type, version, source, marks, linksOf(event), fields]
    this.#type = type
    this.#source = source
    this.#version = version
    this.#marks = marks
    this.#links = linksOf(event)
    this.#fields = fields
    this.columns = (fields ?? ['']).map(() => new ValueColumn())
    this.#rowBytes = NUMBER_BYTES * (1 + this.columns.length)
  }

  /** Takes an event in and returns about how many bytes of memory it holds of it; -1 if it is of another kind. */
  take(event: OutcryEvent): number {
    // A block has few kinds, and comparing costs a tenth of making a key of all that they are.
    if (
      event.type !== this.#type ||
      event.source !== this.#source ||
      event.marks !== this.#marks ||
      event.version !== this.#version ||
      linksOf(event) !== this.#links
    )
      return -1
    const row = this.rows
    let bytes = this.#takePayload(row, event.payload)
    if (bytes < 0) return -1
    bytes += this.#rowBytes + this.ids.set(row, event.id)
    if (this.#links !== 0) {
      if ((this.#links & CORRELATED) !== 0) bytes += this.correlations.set(row, event.correlationId)
      if ((this.#links & CAUSED) !== 0) bytes += this.causes.set(row, event.causationId)
    }
    this.rows = row + 1
    return bytes
  }

  /** Writes its columns in the order of the layout. */
  write(writer: BlockWriter, written: WrittenColumn[]): void {
    const { rows } = this
    written.push(this.ids.write(rows, writer))
    if ((this.#links & CORRELATED) !== 0) written.push(this.correlations.write(rows, writer))
    if ((this.#links & CAUSED) !== 0) written.push(this.causes.write(rows, writer))
    for (const column of this.columns) written.push(column.write(rows, writer))
  }

  reset(): void {
    this.index = -1
    this.rows = 0
    this.ids.reset()
    this.correlations.reset()
    this.causes.reset()
    for (const column of this.columns) column.reset()
  }

  /** Sets the fields of a row while it checks them: of an event of another kind the next one writes over what was set. */
  #takePayload(row: number, payload: unknown): number {
    const { columns } = this
    const fields = this.#fields
    if (fields === null) return fieldsOf(payload) === undefined ? (columns[0]?.set(row, payload) ?? 0) : -1
    if (!isRecord(payload)) return -1
    let bytes = 0
    let index = 0
    for (const field in payload) {
      if (field !== fields[index]) return -1
      bytes += (columns[index] as ValueColumn).set(row, payload[field])
      index += 1
    }
    return index === fields.length ? bytes : -1
  }
}

function linksOf(event: OutcryEvent): number {
  return (event.correlationId === undefined ? 0 : CORRELATED) | (event.causationId === undefined ? 0 : CAUSED)
}

/**
 * Whether a payload is an object of no class. Its constructor tells that in a quarter of the time that its
 * prototype takes; one that has a field of that name is kept as a whole.
 */
function isRecord(payload: unknown): payload is Readonly<Record<string, unknown>> {
  return typeof payload === 'object' && payload !== null && payload.constructor === Object
}

/** The names of a plain object's fields; undefined for whatever else a payload may be. */
function fieldsOf(payload: unknown): string[] | undefined {
  if (!isRecord(payload) || Object.getPrototypeOf(payload) !== Object.prototype) return undefined
  const fields: string[] = []
  for (const field in payload) {
    // An own field of that name cannot be written by assignment.
    if (field === '__proto__') return undefined
    fields.push(field)
  }
  return fields
}
