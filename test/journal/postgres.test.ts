import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OutcryEvent } from '../../src/events/event.js'
import type { Journal } from '../../src/journal/journal.js'
import { type PostgresJournalOptions, postgresJournal } from '../../src/journal/postgres/index.js'
import type { JournalBatch } from '../../src/journal/records.js'
import { withPostgres } from './postgres-support.js'
import { all, dispatchOf, eventsAt, run } from './support.js'

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

let schemas = 0

withPostgres('a journal on PostgreSQL', (server) => {
  let admin: Client
  let schema: string
  let journal: Journal
  const opened: Journal[] = []

  const open = (options: PostgresJournalOptions = {}): Journal => {
    const made = postgresJournal({ connectionString: server().url, schema, lockWaitMs: 50, ...options })
    opened.push(made)
    return made
  }

  beforeEach(async () => {
    schemas += 1
    schema = `own_${schemas}`
    admin = new Client(server().url)
    await admin.connect()
    journal = open()
  })

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close('clean', 1).catch(() => undefined)
    await admin.end()
  })

  /** Ends all connections of journals, as a network or an administrator may. */
  const breakOff = () =>
    admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'outcry %'`)

  /**
   * Appends as the contract has it, again after each failure. What broke off is noticed by an append at the latest, and
   * another of the pool's connections may have broken off with it: each of them can cost one.
   */
  const untilTaken = async (batch: JournalBatch): Promise<void> => {
    for (let attempts = 1; ; attempts += 1) {
      const failure = await failureOf(journal.append(batch, true))
      if (failure === undefined) return
      expect(failure).toMatchObject({ code: 'OUTCRY_JOURNAL_FAILED' })
      expect(attempts).toBeLessThan(10)
    }
  }

  it('is refused where a newer version wrote it, and left as it was', async () => {
    await journal.open(run())
    await journal.close('clean', 1)
    await admin.query(`UPDATE ${schema}.layout SET format = 99`)
    const error = await failureOf(open().open(run()))
    expect(error).toMatchObject({ code: 'OUTCRY_JOURNAL_FORMAT', value: 99 })
    const { rows } = await admin.query(`SELECT format FROM ${schema}.layout`)
    expect(rows).toEqual([{ format: 99 }])
  })

  it('syncs each chunk, whatever the server does by default, and nothing that need not be', async () => {
    await journal.open(run())
    await admin.query(`
      CREATE TABLE ${schema}.seen (first bigint, commit text);
      CREATE FUNCTION ${schema}.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO ${schema}.seen VALUES (NEW.sequence, current_setting('synchronous_commit')); RETURN NEW;
      END $$;
      CREATE TRIGGER see BEFORE INSERT ON ${schema}.events FOR EACH ROW EXECUTE FUNCTION ${schema}.see();
      ALTER ROLE outcry SET synchronous_commit = off`)
    await journal.close('clean', 1)
    const again = open()
    await again.open(run())
    await again.append({ events: eventsAt(1, 1) }, true)
    await again.append({ events: eventsAt(2, 2) }, false)
    await again.append({ events: eventsAt(3, 3) }, true)
    await admin.query('ALTER ROLE outcry RESET synchronous_commit')
    const { rows } = await admin.query(`SELECT first::int, commit FROM ${schema}.seen ORDER BY first`)
    expect(rows).toEqual([
      { first: 1, commit: 'on' },
      { first: 2, commit: 'off' },
      { first: 3, commit: 'on' },
    ])
  })

  it('takes texts that PostgreSQL knows no word for, and finds them again', async () => {
    await journal.open(run())
    const odd = ['nul\0', 'line\nfeed', 'unit\u001f', 'half \ud800', '"', '{,}', '\\']
    const events = odd.map(
      (symbol, index) =>
        new OutcryEvent(
          `id ${symbol}`,
          `type ${symbol}`,
          1,
          1,
          2,
          's',
          symbol,
          [symbol],
          { symbol },
          undefined,
          undefined,
          index + 1,
          0,
        ),
    )
    const bare = new OutcryEvent('bare', 'bare', 1, 1, 2, 's', undefined, [], null, undefined, undefined, 8, 0)
    await journal.append({ events: [...events, bare] }, true)
    expect(await all(journal.read())).toEqual([...events, bare])
    for (const event of events) {
      expect(await all(journal.read({ symbols: event.symbols }))).toEqual([event])
      expect(await all(journal.read({ types: [event.type] }))).toEqual([event])
    }
    const only = new OutcryEvent('only', 'only', 1, 1, 2, 's', undefined, [], null, undefined, undefined, 9, 0)
    await journal.append({ events: [only] }, true)
    expect(await all(journal.read({ from: 9 }))).toEqual([only])
  })

  it('keeps a batch of tens of thousands as a whole', async () => {
    await journal.open(run())
    await journal.append({ events: eventsAt(1, 20_000), dispatches: [dispatchOf(1, 1, 256)] }, true)
    await journal.close('clean', 1)
    const again = open()
    expect(await again.open(run())).toMatchObject({ lastSequence: 20_000, unsettled: [{ from: 1, to: 20_000 }] })
    expect(await again.verify()).toMatchObject({ events: 20_000, dispatches: 1, problems: [] })
  })

  it('loses nothing when its connection breaks off, and counts that', async () => {
    await journal.open(run())
    await journal.append({ events: eventsAt(1, 100), settled: [{ from: 1, to: 10 }] }, true)
    await breakOff()
    const batch = { events: eventsAt(101, 200), dispatches: [dispatchOf(1, 1, 10)], settled: [{ from: 11, to: 20 }] }
    await untilTaken(batch)
    expect(await all(journal.read())).toEqual(eventsAt(1, 200))
    expect(await all(journal.dispatches())).toEqual([dispatchOf(1, 1, 10)])
    expect(journal.figures().details).toMatchObject({ connected: 1, lost: 1 })
  })

  it('takes what was committed though its connection broke off before it was told', async () => {
    await journal.open(run())
    await journal.append({ events: eventsAt(1, 10) }, true)
    // What the server has and nobody was told of: rows behind the last that were acknowledged.
    await admin.query(
      `INSERT INTO ${schema}.events SELECT sequence + 10, received_at, crc, type, symbols, body FROM ${schema}.events`,
    )
    await breakOff()
    await untilTaken({ events: eventsAt(11, 15) })
    expect(await all(journal.read())).toEqual(eventsAt(1, 15))
  })

  it('fails loudly where another process has taken it while it had no connection', async () => {
    await journal.open(run())
    await journal.append({ events: eventsAt(1, 10) }, true)
    await breakOff()
    const other = open()
    await other.open(run(2_000))
    await other.append({ events: eventsAt(11, 20) }, true)
    await failureOf(journal.append({ events: eventsAt(11, 11) }, true))
    expect(await failureOf(journal.append({ events: eventsAt(11, 11) }, true))).toMatchObject({
      code: 'OUTCRY_JOURNAL_LOCKED',
      message: expect.stringContaining('is held by outcry'),
    })
    await other.close('clean', 3_000)
    expect(await failureOf(journal.append({ events: eventsAt(11, 11) }, true))).toMatchObject({
      code: 'OUTCRY_JOURNAL_LOCKED',
      message: expect.stringContaining('was taken by another process'),
    })
    const third = open()
    await third.open(run(4_000))
    expect(await all(third.read())).toEqual(eventsAt(1, 20))
  })

  describe('with a row that is not as it was written', () => {
    beforeEach(async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 100), settled: [{ from: 1, to: 50 }] }, true)
      await journal.close('clean', 1)
      await admin.query(`UPDATE ${schema}.events SET body = replace(body, 'event 70', 'event 71') WHERE sequence = 70`)
    })

    it('is refused with the event named', async () => {
      expect(await failureOf(open().open(run()))).toMatchObject({
        code: 'OUTCRY_JOURNAL_CORRUPT',
        path: expect.stringContaining('event 70'),
      })
    })

    it('sets it aside where it is told to, and keeps all others', async () => {
      const again = open({ onDamage: 'quarantine' })
      const { damage, unsettled, runs } = await again.open(run())
      expect(damage).toMatchObject([{ remedy: 'quarantined', sequences: { from: 70, to: 70 } }])
      expect(runs.at(-1)).toMatchObject({ quarantined: true })
      expect(unsettled).toEqual([
        { from: 51, to: 69 },
        { from: 71, to: 100 },
      ])
      expect(await all(again.read())).toEqual([...eventsAt(1, 69), ...eventsAt(71, 100)])
      expect((await again.verify()).problems).toEqual(['set aside by an earlier run: event 70'])
      await again.close('clean', 2)
      const third = open()
      expect((await third.open(run())).unsettled).toEqual(unsettled)
    })

    it('has it found by a check of everything', async () => {
      await admin.query(`UPDATE ${schema}.events SET body = replace(body, 'event 7', 'event 8') WHERE sequence = 7`)
      await admin.query(`DELETE FROM ${schema}.events WHERE sequence = 70`)
      const again = open()
      await again.open(run())
      expect((await again.verify()).problems).toEqual([expect.stringContaining('event 7 does not have the checksum')])
      expect(await failureOf(all(again.read()))).toMatchObject({ code: 'OUTCRY_JOURNAL_CORRUPT' })
    })
  })

  it('says in one clear error that the server has no connection left', async () => {
    await admin.query(`CREATE ROLE few LOGIN CONNECTION LIMIT 1; GRANT CREATE ON DATABASE postgres TO few`)
    const first = open({ user: 'few', connectionString: server().url.replace('outcry@', 'few@') })
    const blocker = new Client(server().url.replace('outcry@', 'few@'))
    await blocker.connect()
    const error = await failureOf(first.open(run()))
    await blocker.end()
    expect(error).toMatchObject({ code: 'OUTCRY_JOURNAL_FAILED', cause: { code: '53300' } })
    expect((error as Error).message).toMatch(/has no connection left.*max_connections.*too many connections/s)
    // One that is held and none to read by is no better, and is said the same way.
    expect(await failureOf(first.open(run()))).toMatchObject({
      code: 'OUTCRY_JOURNAL_FAILED',
      message: expect.stringContaining('has no connection left'),
    })
  })

  it('tells of its pool, and keeps the password to itself', async () => {
    const secret = open({ connectionString: server().url.replace('outcry@', 'outcry:hunter2@'), pool: { max: 3 } })
    await secret.open(run())
    await secret.append({ events: eventsAt(1, 10) }, true)
    expect(await all(secret.read())).toHaveLength(10)
    expect(secret.figures().details).toEqual({ connected: 1, lost: 0, total: 2, idle: 1, waiting: 0, max: 3 })
    expect(secret.name).toBe(`postgres:127.0.0.1:${server().port}/postgres/${schema}`)
  })

  it('has one clear error where no server answers, or no such database is there', async () => {
    const nobody = await failureOf(open({ connectionString: 'postgres://outcry@127.0.0.1:1/postgres' }).open(run()))
    expect(nobody).toMatchObject({ code: 'OUTCRY_JOURNAL_FAILED', message: expect.stringContaining('ECONNREFUSED') })
    const missing = server().url.replace(/postgres$/, 'missing')
    const database = await failureOf(open({ connectionString: missing }).open(run()))
    expect((database as Error).message).toMatch(/has no such database/)
  })
})

withPostgres(
  'a journal on a PostgreSQL that syncs nothing',
  (server) => {
    it('is refused, unless it is told that this is meant', async () => {
      const refused = postgresJournal(server().url)
      const error = await failureOf(refused.open(run()))
      expect(error).toMatchObject({ code: 'OUTCRY_JOURNAL_FAILED', message: expect.stringContaining('fsync=off') })
      const meant = postgresJournal({ connectionString: server().url, allowUnsafeServer: true })
      await meant.open(run())
      await meant.close('clean', 1)
    })
  },
  { fsync: false },
)

describe('the options of postgresJournal', () => {
  it.each([
    ['a scheme', { connectionString: 'mysql://x' }, 'connectionString'],
    ['a pool without a reader', { pool: { max: 1 } }, 'pool.max'],
    ['a pool whose least is above its most', { pool: { min: 9, max: 3 } }, 'pool.min'],
    ['a schema that Postgres would cut short', { schema: 'x'.repeat(64) }, 'schema'],
    ['what is no option', { pol: {} }, 'pol'],
  ])('name the path and the value: %s', (_what, options, path) => {
    expect(() => postgresJournal(options as PostgresJournalOptions)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: `postgresJournal.${path}` }) as Error,
    )
  })
})
