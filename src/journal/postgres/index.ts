import { parseOptions } from '../../options.js'
import type { Journal } from '../journal.js'
import { PostgresJournal } from './journal.js'
import { type PostgresJournalOptions, type PostgresSettings, postgresOptions } from './options.js'

export type { PostgresJournalOptions }

/** Tells the journals of one process apart, by the names of their connections. */
let made = 0

/** Where it is, without who asks: a password has no place in a log. */
function placeOf({ connectionString, host, port, database, schema }: PostgresSettings): string {
  const url = connectionString === undefined ? undefined : new URL(connectionString)
  const server = host ?? (url?.hostname || process.env.PGHOST || 'localhost')
  const at = port ?? (url?.port || process.env.PGPORT || '5432')
  const base = database ?? (url?.pathname.slice(1) || process.env.PGDATABASE || 'postgres')
  return `postgres:${server}:${at}/${base}/${schema}`
}

/**
 * A durable journal on a PostgreSQL server (13 or newer), by `pg` (an optional peer dependency): a schema
 * of its own, which is made where it is missing. Nothing is connected before the engine starts.
 *
 * One connection is held for as long as the journal is open, and the session's advisory lock with it: a
 * pooler between them has to keep sessions as they are.
 *
 * @example
 * ```ts
 * import { postgresJournal } from 'outcry/postgres'
 *
 * const journal = postgresJournal('postgres://outcry:secret@localhost/trading')
 * const engine = createEngine({ strategies, journal, durability: 'chunk' })
 * ```
 * @throws {OutcryError} OUTCRY_OPTION_INVALID for the first option that cannot be meant.
 */
export function postgresJournal(options: string | PostgresJournalOptions = {}): Journal {
  const given = typeof options === 'string' ? { connectionString: options } : options
  const settings = parseOptions(postgresOptions, given, 'postgresJournal')
  made += 1
  return new PostgresJournal(placeOf(settings), settings, `outcry ${process.pid}.${made}`)
}
