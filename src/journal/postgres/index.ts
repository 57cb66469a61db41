import { parseOptions } from '../../options.js'
import type { Journal } from '../journal.js'
import { pg } from './driver.js'
import { journalError } from './failure.js'
import { PostgresJournal } from './journal.js'
import { clientConfig } from './link.js'
import { type PostgresJournalOptions, type PostgresSettings, postgresOptions } from './options.js'
import { quoted } from './schema.js'

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

/** A connection string may name the schema itself, as `?schema=name`. */
function settingsOf(options: string | PostgresJournalOptions): PostgresSettings {
  const given = typeof options === 'string' ? { connectionString: options } : options
  const { connectionString, schema } = given
  const named =
    schema === undefined && typeof connectionString === 'string' && URL.canParse(connectionString)
      ? new URL(connectionString).searchParams.get('schema')
      : null
  return parseOptions(postgresOptions, named === null ? given : { ...given, schema: named }, 'postgresJournal')
}

/**
 * Whether there is a journal already, without taking it or making it.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID, or OUTCRY_JOURNAL_FAILED where the server cannot be asked.
 */
export async function postgresJournalExists(options: string | PostgresJournalOptions = {}): Promise<boolean> {
  const settings = settingsOf(options)
  const client = new pg.Client(clientConfig(settings))
  // Whatever breaks off is told to the query that waits.
  client.on('error', () => {})
  try {
    await client.connect()
    const text = 'SELECT to_regclass($1) IS NOT NULL AS there'
    const { rows } = await client.query<{ readonly there: boolean }>(text, [`${quoted(settings.schema)}.layout`])
    return rows[0]?.there === true
  } catch (error) {
    throw journalError(placeOf(settings), 'cannot be connected', error)
  } finally {
    await client.end().catch(() => undefined)
  }
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
  const settings = settingsOf(options)
  made += 1
  return new PostgresJournal(placeOf(settings), settings, `outcry ${process.pid}.${made}`)
}
