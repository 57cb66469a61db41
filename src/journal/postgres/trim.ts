import type { PoolClient } from 'pg'
import type { Retention } from '../journal.js'

/** Events that one transaction forgets, so that no append waits long for it. */
const AT_ONCE = 10_000

export interface Forgotten {
  readonly count: number
  readonly bytes: number
  /** The first sequence that is kept. */
  readonly firstSequence: number
}

const NOTHING: Forgotten = { count: 0, bytes: 0, firstSequence: 0 }

/** Forgets the oldest events that may be forgotten, and the dispatch records of those. Within the caller's transaction. */
export async function forget(
  client: PoolClient,
  schema: string,
  settledUpTo: number,
  bytes: number,
  { before = Number.NEGATIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY, keepEvents = 0 }: Retention,
): Promise<Forgotten> {
  let upTo = settledUpTo
  if (keepEvents > 0) {
    const newest = await client.query<{ readonly sequence: string }>(
      `SELECT sequence FROM ${schema}.events ORDER BY sequence DESC OFFSET $1 LIMIT 1`,
      [keepEvents],
    )
    upTo = Math.min(upTo, Number(newest.rows[0]?.sequence ?? 0))
  }
  const { rows } = await client.query<{ sequence: string; at: number; bytes: number }>(
    `SELECT sequence, received_at AS at, octet_length(body) AS bytes FROM ${schema}.events
      WHERE sequence <= $1 ORDER BY sequence LIMIT ${AT_ONCE}`,
    [upTo],
  )
  let count = 0
  let freed = 0
  for (const row of rows) {
    if (row.at >= before && bytes - freed <= maxBytes) break
    count += 1
    freed += row.bytes
  }
  if (count === 0) return NOTHING
  const last = Number(rows[count - 1]?.sequence)
  await client.query(`DELETE FROM ${schema}.events WHERE sequence <= $1`, [last])
  await client.query(
    `DELETE FROM ${schema}.dispatches
      WHERE record < coalesce((SELECT min(record) FROM ${schema}.dispatches WHERE last > $1), 9223372036854775807)`,
    [last],
  )
  return { count, bytes: freed, firstSequence: last + 1 }
}
