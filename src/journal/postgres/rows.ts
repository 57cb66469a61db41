import type { Pool } from 'pg'
import { OutcryError } from '../../errors.js'
import type { OutcryEvent } from '../../events/event.js'
import { decodeEvent, decodeEvents } from '../encode.js'
import type { JournalCheck, JournalQuery } from '../journal.js'
import type { DispatchEntry, RunManifest } from '../records.js'
import { unseal, unsealJson } from '../seal.js'
import { dispatchesOf } from '../stored.js'
import { checksum, narrowed, type StateRow } from './statements.js'

/** Rows read at a time. */
const READ_AT_ONCE = 500
const IDS_AT_ONCE = 5_000
const MAX_PROBLEMS = 100

interface EventRow {
  /** The driver gives a bigint as a text. */
  readonly sequence: string
  readonly crc: string
  readonly body: string
}

export interface DispatchRow {
  readonly record: string
  readonly body: Buffer
}

/** What is in the tables, read page by page with a connection of the pool that is given back after each. */
export class Rows {
  constructor(
    private readonly pool: () => Pool,
    private readonly schema: string,
    private readonly name: string,
  ) {}

  async *events(query: JournalQuery & { readonly to: number }): AsyncGenerator<OutcryEvent[]> {
    for await (const rows of this.#pages(query)) {
      for (const row of rows) this.#check(row)
      yield decodeEvents(rows.map(({ body }) => body).join(','))
    }
  }

  async *#pages({ from = 0, to, types, symbols, since, until }: JournalQuery): AsyncGenerator<EventRow[]> {
    const values: unknown[] = [from, Number.isFinite(to) ? to : Number.MAX_SAFE_INTEGER]
    const narrow = (condition: string, value: unknown): string => {
      if (value === undefined) return ''
      values.push(value)
      return ` AND ${condition.replace('?', `$${values.length}`)}`
    }
    const conditions =
      narrow('type = ANY(?)', types?.map(narrowed)) +
      narrow('symbols && ?', symbols?.map(narrowed)) +
      narrow('received_at >= ?', since) +
      narrow('received_at < ?', until)
    const text = `SELECT sequence, crc, body FROM ${this.schema}.events
      WHERE sequence >= $1 AND sequence <= $2${conditions} ORDER BY sequence LIMIT ${READ_AT_ONCE}`
    for (;;) {
      const { rows } = await this.pool().query<EventRow>(text, values)
      if (rows.length > 0) yield rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < READ_AT_ONCE) return
      values[0] = Number(last.sequence) + 1
    }
  }

  #check({ sequence, crc, body }: EventRow): void {
    if (checksum(body) === Number(crc)) return
    const where = `${this.name}: event ${sequence}`
    const message = `${where} does not have the checksum that was written with it.`
    throw new OutcryError('OUTCRY_JOURNAL_CORRUPT', message, { path: where })
  }

  async *dispatches(fromChunk: number): AsyncGenerator<DispatchEntry[]> {
    let after = -1
    for (;;) {
      const { rows } = await this.pool().query<DispatchRow>(
        `SELECT record, body FROM ${this.schema}.dispatches
          WHERE record > $1 AND chunk >= $2 ORDER BY record LIMIT ${READ_AT_ONCE}`,
        [after, fromChunk],
      )
      for (const row of rows) {
        const entries = this.#entries(row).filter(({ chunk }) => chunk >= fromChunk)
        if (entries.length > 0) yield entries
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < READ_AT_ONCE) return
      after = Number(last.record)
    }
  }

  #entries({ record, body }: DispatchRow): DispatchEntry[] {
    return dispatchesOf(unsealJson(body, `${this.name}: dispatch records ${record}`))
  }

  async recentIds(count: number): Promise<string[]> {
    const parts: string[][] = []
    let found = 0
    let before = Number.MAX_SAFE_INTEGER
    while (found < count) {
      const limit = Math.min(IDS_AT_ONCE, count - found)
      const { rows } = await this.pool().query<EventRow>(
        `SELECT sequence, crc, body FROM ${this.schema}.events WHERE sequence < $1 ORDER BY sequence DESC LIMIT ${limit}`,
        [before],
      )
      for (const row of rows) this.#check(row)
      parts.push(
        decodeEvents(rows.map(({ body }) => body).join(','))
          .map(({ id }) => id)
          .reverse(),
      )
      found += rows.length
      if (rows.length < limit) break
      before = Number(rows.at(-1)?.sequence)
    }
    return parts.reverse().flat()
  }

  /** What `use` is told of each event that cannot be read, from `from` on. */
  async damaged(from: number, use: (sequence: number, body: string, problem: string) => Promise<void>): Promise<void> {
    for await (const rows of this.#pages({ from, to: Number.MAX_SAFE_INTEGER })) {
      for (const row of rows) {
        const problem = this.#problemOf(row)
        if (problem !== undefined) await use(Number(row.sequence), row.body, problem)
      }
    }
  }

  #problemOf(row: EventRow): string | undefined {
    try {
      this.#check(row)
      const { sequence } = decodeEvent(row.body)
      return sequence === Number(row.sequence) ? undefined : `event ${row.sequence} says that it is ${sequence}`
    } catch (error) {
      return (error as Error).message
    }
  }

  async verify(runs: readonly RunManifest[]): Promise<JournalCheck> {
    const problems: string[] = []
    const note = (problem: string): void => void (problems.length < MAX_PROBLEMS && problems.push(problem))
    let events = 0
    let dispatches = 0
    for await (const rows of this.#pages({ to: Number.MAX_SAFE_INTEGER })) {
      for (const row of rows) {
        const problem = this.#problemOf(row)
        if (problem === undefined) events += 1
        else note(problem)
      }
    }
    let after = -1
    for (;;) {
      const text = `SELECT record, body FROM ${this.schema}.dispatches WHERE record > $1 ORDER BY record LIMIT ${READ_AT_ONCE}`
      const { rows } = await this.pool().query<DispatchRow>(text, [after])
      for (const row of rows) {
        try {
          dispatches += this.#entries(row).length
        } catch (error) {
          note((error as Error).message)
        }
      }
      const last = rows.at(-1)
      if (last === undefined) break
      after = Number(last.record)
    }
    const { rows: state } = await this.pool().query<StateRow>(`SELECT kind, name, value FROM ${this.schema}.state`)
    for (const { kind, name, value } of state) {
      try {
        unseal(value, `${this.name}: ${kind} ${name}`)
      } catch (error) {
        note((error as Error).message)
      }
    }
    const { rows: aside } = await this.pool().query<{ what: string }>(`SELECT what FROM ${this.schema}.quarantine`)
    for (const { what } of aside) note(`set aside by an earlier run: ${what}`)
    return { events, dispatches, blocks: 0, problems, runs }
  }
}
