import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../harness/probe.js'
import { createEngine, openLmdb, openPostgres, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface JournalFigures {
  /** Events a second that are accepted, synced and handled, as many waiting as there is room for. */
  readonly eventsPerSecond: number
  /** Events that shared one sync. */
  readonly eventsPerSync: number
  /** Events a second where each waits for the sync of the one before. */
  readonly oneByOnePerSecond: number
  /** The first on PostgreSQL; undefined where no server can be started. */
  readonly postgresPerSecond?: number
}

type Engine = ReturnType<typeof createEngine>

const SYMBOLS = Array.from({ length: 100 }, (_, index) => `SYM${index}`)

const draft = (at: number) =>
  trade({
    id: `tape:${at}`,
    symbol: SYMBOLS[at % 100] as string,
    price: 100 + (at % 7),
    size: 10,
    timestamp: 1.7e12 + at,
  })

function* drafts(from: number, count: number) {
  for (let at = from; at < from + count; at += 1) yield draft(at)
}

/** Events a second from the first publish to the last settled. Wall time, as it is the disk that is waited for. */
const paced = async (engine: Engine, from: number, count: number): Promise<number> => {
  const begin = performance.now()
  await engine.publishAll(drafts(from, count))
  await engine.drain()
  return (count / (performance.now() - begin)) * 1_000
}

/** What a durable journal carries: group commit against a sync for each event, and PostgreSQL beside lmdb. */
export const journal = async (settings: Settings): Promise<JournalFigures> => {
  const events = setting(settings, 'events')
  const alone = setting(settings, 'alone')
  const folder = mkdtempSync(join(tmpdir(), 'outcry-bench-journal-'))
  const { lmdbJournal } = await openLmdb()
  const engine = createEngine({ journal: lmdbJournal(folder), durability: 'chunk' })
  await engine.start()
  try {
    // The first shape of the code and of the file is none that is measured.
    await paced(engine, 0, 20_000)
    const before = engine.stats.get().journal
    const eventsPerSecond = await paced(engine, 20_000, events)
    const after = engine.stats.get().journal
    const syncs = (after?.syncs ?? 0) - (before?.syncs ?? 0)
    const begin = performance.now()
    for (const one of drafts(20_000 + events, alone)) await engine.publish(one)
    const oneByOnePerSecond = (alone / (performance.now() - begin)) * 1_000
    const postgres = await onPostgres(events)
    return {
      eventsPerSecond,
      eventsPerSync: events / Math.max(1, syncs),
      oneByOnePerSecond,
      ...(postgres === undefined ? {} : { postgresPerSecond: postgres }),
    }
  } finally {
    await engine.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onPostgres(events: number): Promise<number | undefined> {
  const opened = await openPostgres()
  if (opened === undefined) return undefined
  const { server, postgresJournal } = opened
  try {
    const engine = createEngine({ journal: postgresJournal(server.url), durability: 'chunk' })
    await engine.start()
    await paced(engine, 0, 20_000)
    const rate = await paced(engine, 20_000, events)
    await engine.stop()
    return rate
  } finally {
    await server.stop()
  }
}
