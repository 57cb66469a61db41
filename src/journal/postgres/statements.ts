import { crc32 } from 'node:zlib'
import type { OutcryEvent } from '../../events/event.js'
import { encodeEvent } from '../encode.js'

/** Events of one statement at most, and their characters: a message of the protocol has to be held in memory twice. */
const MAX_EVENTS = 8_192
const MAX_CHARACTERS = 16 * 1_024 * 1_024

/** What parts rows, and what parts the symbols of one. Neither occurs in an encoded event, as JSON escapes both. */
const ROW = '\n'
const SYMBOL = '\u001f'

/** Postgres knows no NUL in a text. The columns only narrow what is read; what it is to be is in the body. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNFIT = /[\u0000\n\u001f]/
export const narrowed = (text: string): string =>
  UNFIT.test(text) ? text.replace(new RegExp(UNFIT, 'g'), '\ufffd') : text

/** The checksum of an encoded event. */
export const checksum = (body: string): number => crc32(body)

/** Rows of events as parameters: a text for each column, so that the driver has nothing to escape. */
export interface EventRows {
  readonly parameters: readonly string[]
  /** Of the bodies. */
  readonly bytes: number
}

/** Cuts a batch into what one statement takes. */
export function* rowsOf(events: readonly OutcryEvent[]): Generator<EventRows> {
  let from = 0
  while (from < events.length) {
    let characters = 0
    let to = from
    while (to < events.length && to - from < MAX_EVENTS && characters < MAX_CHARACTERS) {
      characters += encodeEvent(events[to] as OutcryEvent).length
      to += 1
    }
    yield columnsOf(events.slice(from, to))
    from = to
  }
}

function columnsOf(events: readonly OutcryEvent[]): EventRows {
  const sequences: number[] = []
  const times: number[] = []
  const checksums: number[] = []
  const types: string[] = []
  const symbols: string[] = []
  const bodies: string[] = []
  for (const event of events) {
    const body = encodeEvent(event)
    sequences.push(event.sequence)
    times.push(event.receivedAt)
    checksums.push(checksum(body))
    types.push(narrowed(event.type))
    symbols.push(
      event.symbols.length === 1 ? narrowed(event.symbols[0] ?? '') : event.symbols.map(narrowed).join(SYMBOL),
    )
    bodies.push(body)
  }
  const text = bodies.join(ROW)
  const array = (numbers: readonly number[]): string => `{${numbers.join(',')}}`
  return {
    parameters: [array(sequences), array(times), array(checksums), types.join(ROW), symbols.join(ROW), text],
    bytes: Buffer.byteLength(text) - bodies.length + 1,
  }
}

/** A row that is put into a table of small facts. */
export interface StateRow {
  readonly kind: string
  readonly name: string
  readonly value: Buffer
}

/** What a batch writes beside its events. */
export interface Facts {
  readonly dispatch: readonly [record: number, chunk: number, last: number, body: Buffer] | undefined
  readonly put: readonly StateRow[]
  readonly gone: readonly Pick<StateRow, 'kind' | 'name'>[]
}

export const NO_FACTS: Facts = { dispatch: undefined, put: [], gone: [] }

const insertEvents = (schema: string): string => `
  INSERT INTO ${schema}.events (sequence, received_at, crc, type, symbols, body)
  SELECT s, r, c, t, coalesce(string_to_array(y, E'\\x1f'), '{}'), b
    FROM unnest($1::bigint[], $2::float8[], $3::bigint[], string_to_array($4, E'\\n'),
                string_to_array($5, E'\\n'), string_to_array($6, E'\\n')) AS u (s, r, c, t, y, b)`

/**
 * All of a batch in one statement, and so in one transaction and one way there and back. It takes the
 * parameters of `EventRows`, or nulls, and then those of `factParameters`.
 */
export const appendStatement = (schema: string): string => `
  WITH e AS (${insertEvents(schema)}),
  d AS (
    INSERT INTO ${schema}.dispatches (record, chunk, last, body)
    SELECT $7::bigint, $8::bigint, $9::bigint, $10::bytea WHERE $7::bigint IS NOT NULL
  ),
  p AS (
    INSERT INTO ${schema}.state AS old (kind, name, value)
    SELECT * FROM unnest($11::text[], $12::text[], $13::bytea[])
    ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value
  )
  DELETE FROM ${schema}.state WHERE (kind, name) IN (SELECT * FROM unnest($14::text[], $15::text[]))`

export const NO_EVENTS: readonly null[] = [null, null, null, null, null, null]

export const factParameters = ({ dispatch, put, gone }: Facts): unknown[] => [
  ...(dispatch ?? [null, null, null, null]),
  put.map(({ kind }) => kind),
  put.map(({ name }) => name),
  put.map(({ value }) => value),
  gone.map(({ kind }) => kind),
  gone.map(({ name }) => name),
]
