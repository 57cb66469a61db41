import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../actors/engine.js'
import { defineStrategy } from '../../src/dispatch/define-strategy.js'
import { trade } from '../../src/events/catalogue/market.js'
import type { Receipt } from '../../src/events/receipt.js'
import { postgresJournal } from '../../src/journal/postgres/index.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { withPostgres } from './postgres-support.js'
import { all, run } from './support.js'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const price = (n: number) => trade({ id: `t-${n}`, symbol: `S${n % 5}`, price: n + 1, size: 1 })

/** Remembers what it has seen, a little slower than it is published. */
function witness() {
  const seen: string[] = []
  const strategy = defineStrategy({
    name: 'witness',
    subscribe: { types: ['trade'] },
    async onEvents(events) {
      await pause(2)
      for (const { id } of events) seen.push(id)
    },
  })
  return { seen, strategy }
}

withPostgres('an engine with a journal on PostgreSQL', (server) => {
  const journalIn = (schema: string) =>
    postgresJournal({ connectionString: server().url, schema, backoff: { initialMs: 20, maxMs: 200 } })

  describe('whose server is restarted in mid-chunk', () => {
    it.each(['crash', 'shutDown'] as const)(
      'loses nothing, waits, and goes on: %s',
      async (how) => {
        const { seen, strategy } = witness()
        const engine = createEngine({
          strategies: [strategy],
          journal: journalIn(`restart_${how}`),
          journalling: { breaker: { openTime: { initialMs: 50, maxMs: 200 } } },
        })
        await engine.start()
        const receipts: Promise<Receipt>[] = []
        const publish = async (from: number, to: number) => {
          for (let n = from; n < to; n += 1) {
            receipts.push(engine.publish(price(n)))
            if (n % 50 === 0) await pause(1)
          }
        }
        await publish(0, 1_000)
        const more = publish(1_000, 3_000)
        await pause(20)
        await server()[how]()
        await more
        const waiting = engine.publish(price(3_000))
        await pause(100)
        const { journal } = engine.stats.get()
        expect(journal?.failing).toBe(true)
        expect(journal?.details).toMatchObject({ connected: 0, lost: 1 })
        await server().start()
        const answers = await Promise.all([...receipts, waiting])
        expect(answers.filter(({ status }) => status !== 'accepted')).toEqual([])
        await engine.drain()
        expect(engine.stats.get().journal).toMatchObject({ failing: false, details: { connected: 1 } })
        const { ledger } = await engine.stop()
        expect(imbalances(ledger)).toEqual([])
        expect(ledger.events).toMatchObject({ accepted: 3_001, settled: 3_001 })
        expect(new Set(seen).size).toBe(3_001)
        expect(seen).toHaveLength(3_001)
        const after = journalIn(`restart_${how}`)
        const { unsettled } = await after.open(run())
        expect(unsettled).toEqual([])
        // The engine's own words on its health are events as well.
        const kept = await all(after.read({ types: ['trade'] }))
        expect(kept.map(({ id }) => id)).toEqual(Array.from({ length: 3_001 }, (_, n) => `t-${n}`))
        expect((await after.verify()).problems).toEqual([])
        await after.close('clean', 1)
      },
      60_000,
    )
  })

  it('does not start, with one clear error, where the server has no connection left', async () => {
    const admin = new Client(server().url)
    await admin.connect()
    await admin.query('CREATE ROLE shut_out LOGIN CONNECTION LIMIT 0')
    await admin.end()
    const journal = postgresJournal({
      connectionString: server().url.replace('outcry@', 'shut_out@'),
      backoff: { initialMs: 1, maxMs: 2 },
    })
    const error = await createEngine({ journal })
      .start()
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'OUTCRY_START_FAILED',
      cause: { code: 'OUTCRY_JOURNAL_FAILED', message: expect.stringMatching(/has no connection left.*\(too many/) },
    })
  })

  it('starts on a server that is only just coming up', async () => {
    await server().shutDown()
    const engine = createEngine({
      journal: postgresJournal({
        connectionString: server().url,
        schema: 'early',
        backoff: { attempts: 200, maxMs: 100 },
      }),
    })
    const starting = engine.start()
    await pause(50)
    await server().start()
    await starting
    expect(await engine.publish(price(1))).toMatchObject({ status: 'accepted' })
    await engine.stop()
  })

  it('refuses a second engine, and fails the first where another has taken its journal', async () => {
    const engine = createEngine({ journal: journalIn('taken') })
    await engine.start()
    const second = await createEngine({ journal: journalIn('taken') })
      .start()
      .catch((reason: unknown) => reason)
    expect(second).toMatchObject({ cause: { code: 'OUTCRY_JOURNAL_LOCKED' } })
    expect(await engine.publish(price(1))).toMatchObject({ status: 'accepted' })
    // Whoever has the lock keeps it: a row of its runs is enough to say that another run has begun.
    const admin = new Client(server().url)
    await admin.connect()
    await admin.query(`DELETE FROM taken.state WHERE kind = 'runs'`)
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'outcry %' AND pid <> pg_backend_pid()`,
    )
    await admin.end()
    for (let n = 0; n < 1_000 && engine.state !== 'failed'; n += 1) await pause(5)
    expect(engine.state).toBe('failed')
    expect(await engine.publish(price(2))).toMatchObject({ status: 'refused' })
  })
})
