/**
 * The built product. The benchmark measures what is shipped, so it takes the public face from `dist`; it
 * does so by a computed address, since this file itself is compiled one folder deeper than it is written.
 */
export type { Engine, EventDraft, Feed } from '../dist/src/index.js'

const built = (path: string): string => new URL(`../../dist/${path}`, import.meta.url).href

const outcry = (await import(built('src/index.js'))) as typeof import('../dist/src/index.js')

export const { alert, createEngine, defineEvent, defineStrategy, leanFeed, memoryFeed, news, trade } = outcry
/** The class of the drafts, for whoever dispatches by class. */
export const DraftClass = outcry.EventDraft

/** Loaded only where it is measured. */
export const openInspector = async (engine: import('../dist/src/index.js').Engine) => {
  const { inspect } = (await import(built('inspector/index.js'))) as typeof import('../dist/inspector/index.js')
  return inspect(engine)
}

/** What an event is made of, for whoever measures the parts by themselves. */
export const openParts = async () => {
  const { DedupeTable } = (await import(built('src/queue/dedupe.js'))) as typeof import('../dist/src/queue/dedupe.js')
  const { OutcryEvent } = (await import(built('src/events/event.js'))) as typeof import('../dist/src/events/event.js')
  const { SymbolTable } = (await import(
    built('src/queue/partition.js')
  )) as typeof import('../dist/src/queue/partition.js')
  return { DedupeTable, OutcryEvent, SymbolTable }
}

/** Loaded only where it is measured. */
export const openMetrics = async () =>
  (await import(built('inspector/metrics/index.js'))) as typeof import('../dist/inspector/metrics/index.js')

const serverFace: string = new URL('../../.ci/postgres.mjs', import.meta.url).href

/** Loaded only where it is measured. */
export const openLmdb = async () =>
  (await import(built('src/journal/lmdb/index.js'))) as typeof import('../dist/src/journal/lmdb/index.js')

const server = async () => (await import(serverFace)) as typeof import('../.ci/postgres.mjs')

/** Why no PostgreSQL can be started here; undefined where one can. */
export const whyNoPostgres = async () => (await server()).whyNoPostgres()

/** A server of the benchmark's own and the journal that stands on it; undefined where none can be started. */
export const openPostgres = async () => {
  const { startPostgres, whyNoPostgres: why } = await server()
  if (why() !== undefined) return undefined
  const { postgresJournal } = (await import(
    built('src/journal/postgres/index.js')
  )) as typeof import('../dist/src/journal/postgres/index.js')
  return { server: await startPostgres(), postgresJournal }
}
