import { OutcryEvent } from '../events/event.js'
import { type ColumnForm, EventColumns, readColumn, writeColumn } from './columns.js'
import { NumberReader, NumberWriter } from './numbers.js'

/**
 * What events of one kind share: everything that is not a value of their own. A block has few kinds,
 * so that an event costs a small integer instead of its names.
 */
type Kind = readonly [
  type: string,
  version: number,
  source: string,
  marks: number,
  /** 1: has a correlation, 2: has a cause. */
  links: number,
  /** The fields of the payload in order; null where the payload is no plain object. */
  fields: readonly string[] | null,
]

/** A symbol alone, or a key of order and all the symbols concerned. */
type Concern = string | readonly [symbol: string | null, symbols: readonly string[]]

/** What is read of a block first. */
interface Layout {
  readonly count: number
  readonly kinds: readonly Kind[]
  readonly concerns: readonly Concern[]
  /** Of each text column, in order: its form and its length in bytes. */
  readonly texts: readonly (readonly [form: ColumnForm, bytes: number])[]
}

/** Which events of a block are wanted; what is absent does not narrow. */
export interface BlockFilter {
  readonly types?: ((type: string) => boolean) | undefined
  readonly symbols?: ((symbol: string) => boolean) | undefined
  readonly event?: ((event: OutcryEvent) => boolean) | undefined
}

const HEAD_BYTES = 16
const NO_SYMBOLS: readonly string[] = []

/** One writer is enough, and one set of columns: a block is encoded in one go. */
const writer = new NumberWriter()
let shared = new EventColumns(512)

/** A block as it is kept, and what an index needs to know of it. */
export interface EncodedBlock {
  readonly bytes: Buffer
  readonly types: readonly string[]
  readonly symbols: readonly string[]
}

class KindColumns {
  readonly ids: string[] = []
  readonly correlations: string[] = []
  readonly causes: string[] = []
  readonly columns: unknown[][]

  constructor(
    readonly kind: Kind,
    readonly index: number,
  ) {
    this.columns = kind[5] === null ? [[]] : kind[5].map(() => [])
  }
}

/**
 * Events as columns: all times, then all prices, then all ids. Against a JSON array of events it
 * takes a third of the processor time to write and half to read, it compresses better, and of a block
 * nothing has to be read but the columns of the types asked for.
 */
export function encodeBlock(events: readonly OutcryEvent[]): EncodedBlock {
  const { length: count } = events
  if (shared.length < count) shared = new EventColumns(count)
  const { sequences, timestamps, receivedAts, kindOf, concernOf } = shared
  const kinds: KindColumns[] = []
  const concerns: Concern[] = []
  const concernIndex = new Map<string, number>()
  for (let index = 0; index < count; index += 1) {
    const event = events[index] as OutcryEvent
    sequences[index] = event.sequence
    timestamps[index] = event.timestamp
    receivedAts[index] = event.receivedAt
    const kind = kindFor(event, kinds)
    kindOf[index] = kind.index
    concernOf[index] = internConcern(event, concerns, concernIndex)
    addTo(kind, event)
  }
  const texts: [ColumnForm, number][] = []
  const pieces: Buffer[] = []
  const add = (values: readonly unknown[]): void => {
    const { form, text } = writeColumn(values, writer)
    const bytes = Buffer.from(text)
    texts.push([form, bytes.length])
    pieces.push(bytes)
  }
  for (const column of [sequences, timestamps, receivedAts, kindOf, concernOf]) writer.add(column, count)
  for (const { ids, correlations, causes, columns } of kinds) {
    for (const column of [ids, correlations, causes, ...columns]) add(column)
  }
  const layout: Layout = { count, kinds: kinds.map(({ kind }) => kind), concerns, texts }
  const head = Buffer.from(JSON.stringify(layout))
  const numbers = writer.take()
  const lengths = Buffer.alloc(HEAD_BYTES)
  lengths.writeUInt32LE(numbers.length, 0)
  lengths.writeUInt32LE(head.length, 4)
  return {
    bytes: Buffer.concat([lengths, numbers, head, ...pieces]),
    types: [...new Set(layout.kinds.map(([type]) => type))],
    symbols: [...new Set(concerns.flatMap((concern) => (typeof concern === 'string' ? concern : concern[1])))],
  }
}

/** The events of a block that are wanted, in order. Of a column of text nothing is parsed that no wanted event needs. */
export function decodeBlock(block: Buffer, filter: BlockFilter = {}): OutcryEvent[] {
  const bytes = aligned(block)
  const numbersBytes = bytes.readUInt32LE(0)
  const headBytes = bytes.readUInt32LE(4)
  const headAt = HEAD_BYTES + numbersBytes
  const layout = JSON.parse(bytes.toString('utf8', headAt, headAt + headBytes)) as Layout
  const { count } = layout
  const numbers = new NumberReader(bytes.buffer as ArrayBuffer, bytes.byteOffset + HEAD_BYTES)
  const sequences = numbers.next(count)
  const timestamps = numbers.next(count)
  const receivedAts = numbers.next(count)
  const kindOf = numbers.next(count)
  const concernOf = numbers.next(count)
  const concerns = layout.concerns.map((concern) => new ReadConcern(concern, filter))
  const sizes = new Int32Array(layout.kinds.length)
  for (let index = 0; index < count; index += 1) {
    const kind = kindOf[index] ?? 0
    sizes[kind] = (sizes[kind] ?? 0) + 1
  }
  const texts = new TextReader(bytes, headAt + headBytes, layout.texts)
  const kinds = layout.kinds.map((kind, index) => new ReadKind(kind, sizes[index] ?? 0, texts, numbers, filter))
  const events: OutcryEvent[] = []
  for (let index = 0; index < count; index += 1) {
    const kind = kinds[kindOf[index] ?? 0] as ReadKind
    const concern = concerns[concernOf[index] ?? 0] as ReadConcern
    const row = kind.rows
    kind.rows += 1
    if (!kind.wanted || !concern.wanted) continue
    const event = kind.eventOf(
      row,
      sequences[index] ?? 0,
      timestamps[index] ?? 0,
      receivedAts[index] ?? 0,
      concern.symbol,
      concern.symbols,
    )
    if (filter.event === undefined || filter.event(event)) events.push(event)
  }
  return events
}

/** A block has few kinds, and comparing costs a tenth of making a key of all that they are. */
function kindFor(event: OutcryEvent, kinds: KindColumns[]): KindColumns {
  const links = (event.correlationId === undefined ? 0 : 1) | (event.causationId === undefined ? 0 : 2)
  for (let index = 0; index < kinds.length; index += 1) {
    const known = kinds[index] as KindColumns
    const { kind } = known
    if (
      event.type === kind[0] &&
      event.source === kind[2] &&
      event.marks === kind[3] &&
      event.version === kind[1] &&
      links === kind[4] &&
      hasFields(event.payload, kind[5])
    )
      return known
  }
  const { type, version, source, marks, payload } = event
  const made = new KindColumns([type, version, source, marks, links, fieldsOf(payload) ?? null], kinds.length)
  kinds.push(made)
  return made
}

/** Whether a payload is a plain object of just these fields, in their order. */
function hasFields(payload: unknown, fields: readonly string[] | null): boolean {
  // Any payload may be kept as a whole.
  if (fields === null) return fieldsOf(payload) === undefined
  if (typeof payload !== 'object' || payload === null) return false
  if (Object.getPrototypeOf(payload) !== Object.prototype) return false
  let index = 0
  for (const field in payload) {
    if (field !== fields[index]) return false
    index += 1
  }
  return index === fields.length
}

function addTo(kind: KindColumns, event: OutcryEvent): void {
  kind.ids.push(event.id)
  if (event.correlationId !== undefined) kind.correlations.push(event.correlationId)
  if (event.causationId !== undefined) kind.causes.push(event.causationId)
  const fields = kind.kind[5]
  if (fields === null) {
    kind.columns[0]?.push(event.payload)
    return
  }
  const payload = event.payload as Readonly<Record<string, unknown>>
  for (let index = 0; index < fields.length; index += 1) {
    kind.columns[index]?.push(payload[fields[index] as string])
  }
}

/** The names of a plain object's fields; undefined for whatever else a payload may be. */
function fieldsOf(payload: unknown): string[] | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  if (Object.getPrototypeOf(payload) !== Object.prototype) return undefined
  const fields = Object.keys(payload)
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as string
    // An own field of that name cannot be written by assignment, and a line break would mix up two kinds.
    if (field === '__proto__' || field.includes('\n')) return undefined
  }
  return fields
}

function internConcern(event: OutcryEvent, concerns: Concern[], index: Map<string, number>): number {
  const { symbol, symbols } = event
  const alone = symbol !== undefined && symbols.length === 1 && symbols[0] === symbol
  const key = alone ? symbol : `\n${JSON.stringify([symbol ?? null, symbols])}`
  let at = index.get(key)
  if (at === undefined) {
    at = concerns.length
    index.set(key, at)
    concerns.push(alone ? symbol : [symbol ?? null, symbols])
  }
  return at
}

class ReadConcern {
  readonly symbol: string | undefined
  /** Shared by all events of the block that concern the same. */
  readonly symbols: readonly string[]
  readonly wanted: boolean

  constructor(concern: Concern, { symbols: wants }: BlockFilter) {
    const alone = typeof concern === 'string'
    this.symbol = alone ? concern : (concern[0] ?? undefined)
    const symbols = alone ? [concern] : concern[1]
    this.symbols = symbols.length === 0 ? NO_SYMBOLS : symbols
    this.wanted = wants === undefined || symbols.some(wants)
  }
}

/** Hands out columns of text in order, none of them read before it is asked for. */
class TextReader {
  #index = 0
  #at: number

  constructor(
    private readonly bytes: Buffer,
    at: number,
    private readonly texts: Layout['texts'],
  ) {
    this.#at = at
  }

  next(count: number, numbers: NumberReader): () => ArrayLike<unknown> {
    const [form, length] = this.texts[this.#index] ?? ['j', 0]
    const at = this.#at
    this.#index += 1
    this.#at = at + length
    return readColumn(form, count, () => this.bytes.toString('utf8', at, at + length), numbers)
  }
}

const NOTHING: ArrayLike<unknown> = []

class ReadKind {
  readonly wanted: boolean
  /** Rows passed so far, wanted or not. */
  rows = 0
  #ids: ArrayLike<unknown> = NOTHING
  #correlations: ArrayLike<unknown> = NOTHING
  #causes: ArrayLike<unknown> = NOTHING
  #columns: ArrayLike<unknown>[] = []
  #links = 0
  readonly #kind: Kind

  constructor(kind: Kind, size: number, texts: TextReader, numbers: NumberReader, { types }: BlockFilter) {
    this.#kind = kind
    this.wanted = types === undefined || types(kind[0])
    const links = kind[4]
    const ids = texts.next(size, numbers)
    const correlations = texts.next((links & 1) === 0 ? 0 : size, numbers)
    const causes = texts.next((links & 2) === 0 ? 0 : size, numbers)
    const columns = (kind[5] ?? ['']).map(() => texts.next(size, numbers))
    if (!this.wanted) return
    this.#links = links
    this.#ids = ids()
    if ((links & 1) !== 0) this.#correlations = correlations()
    if ((links & 2) !== 0) this.#causes = causes()
    this.#columns = columns.map((read) => read())
  }

  eventOf(
    row: number,
    sequence: number,
    timestamp: number,
    receivedAt: number,
    symbol: string | undefined,
    symbols: readonly string[],
  ): OutcryEvent {
    const [type, version, source, marks] = this.#kind
    return new OutcryEvent(
      this.#ids[row] as string,
      type,
      version,
      timestamp,
      receivedAt,
      source,
      symbol,
      symbols,
      this.#payloadOf(row),
      (this.#links & 1) === 0 ? undefined : (this.#correlations[row] as string),
      (this.#links & 2) === 0 ? undefined : (this.#causes[row] as string),
      sequence,
      marks,
    )
  }

  #payloadOf(row: number): unknown {
    const fields = this.#kind[5]
    const columns = this.#columns
    if (fields === null) return columns[0]?.[row]
    const payload: Record<string, unknown> = {}
    for (let index = 0; index < fields.length; index += 1) payload[fields[index] as string] = columns[index]?.[row]
    return payload
  }
}

/** Numbers can only be read from a multiple of eight. */
function aligned(block: Buffer): Buffer {
  if (block.byteOffset % 8 === 0) return block
  const copy = Buffer.from(new ArrayBuffer(block.length))
  copy.set(block)
  return copy
}
