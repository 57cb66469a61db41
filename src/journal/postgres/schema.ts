import type { PoolClient } from 'pg'
import { OutcryError } from '../../errors.js'
import { JOURNAL_FORMAT } from '../records.js'

/** A name as it stands in a statement. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * How the tables came to be as they are, one step after another; a journal remembers how many it has
 * taken. A step is never changed once it has been released.
 *
 * Events come in order, so that the primary key grows at its right edge alone; ranges of time are found
 * by BRIN, which costs next to nothing; what is asked for by type has an index of its own.
 */
const MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => `
    CREATE TABLE ${schema}.events (
      sequence bigint PRIMARY KEY,
      received_at double precision NOT NULL,
      crc bigint NOT NULL,
      type text NOT NULL,
      symbols text[] NOT NULL,
      body text NOT NULL
    );
    CREATE INDEX events_by_time ON ${schema}.events USING brin (received_at, sequence) WITH (autosummarize = on);
    CREATE INDEX events_by_type ON ${schema}.events (type, sequence);
    CREATE TABLE ${schema}.dispatches (
      record bigint PRIMARY KEY,
      chunk bigint NOT NULL,
      last bigint NOT NULL,
      body bytea NOT NULL
    );
    CREATE INDEX dispatches_by_chunk ON ${schema}.dispatches (chunk);
    CREATE TABLE ${schema}.state (
      kind text NOT NULL,
      name text NOT NULL,
      value bytea NOT NULL,
      PRIMARY KEY (kind, name)
    ) WITH (fillfactor = 50);
    CREATE TABLE ${schema}.quarantine (
      what text NOT NULL,
      content bytea NOT NULL
    );
  `,
]

/**
 * Brings the tables to what this version writes. The caller holds the journal's lock, so that it is done
 * by one at a time; a step is there as a whole or not at all.
 *
 * @throws {OutcryError} OUTCRY_JOURNAL_FORMAT for what a newer version has made; it is left as it is.
 */
export async function migrate(client: PoolClient, schema: string, name: string): Promise<void> {
  const own = quoted(schema)
  const found = await client.query<{ readonly there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    `${own}.layout`,
  ])
  let steps = 0
  if (found.rows[0]?.there === true) {
    const { rows } = await client.query<{ steps: number; format: number }>(`SELECT steps, format FROM ${own}.layout`)
    steps = rows[0]?.steps ?? 0
    const format = rows[0]?.format ?? 0
    if (format > JOURNAL_FORMAT || steps > MIGRATIONS.length) {
      const known = `formats up to ${JOURNAL_FORMAT} and layouts up to ${MIGRATIONS.length}`
      const message = `${name} is of format ${format}, layout ${steps}, and this version reads ${known}.`
      throw new OutcryError('OUTCRY_JOURNAL_FORMAT', message, { path: name, value: format })
    }
    if (steps === MIGRATIONS.length) return
  }
  try {
    await client.query('BEGIN')
    // Whoever may not make a schema may have been given one.
    const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
    if (rows.length === 0) await client.query(`CREATE SCHEMA ${own}`)
    if (steps === 0) await client.query(`CREATE TABLE ${own}.layout (steps integer NOT NULL, format integer NOT NULL)`)
    for (const step of MIGRATIONS.slice(steps)) await client.query(step(own))
    await client.query(`DELETE FROM ${own}.layout`)
    await client.query(`INSERT INTO ${own}.layout VALUES ($1, $2)`, [MIGRATIONS.length, JOURNAL_FORMAT])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}
