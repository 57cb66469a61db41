import { whyNoPostgres } from '../outcry.js'
import { FIGURES, WITH_SERVER } from './journal-figures.js'
import { probed } from './probed.js'
import type { Row } from './row.js'

const NAME = 'journal'
const TITLE =
  'a durable journal, synced for each chunk: lmdb, group commit against a sync for each event, and PostgreSQL'
const MOST_RUNS = 3

export const journal: Row = {
  name: NAME,
  title: TITLE,
  figures: WITH_SERVER,
  mostRuns: MOST_RUNS,
  async run(options) {
    const reason = await whyNoPostgres()
    const row = probed({
      name: NAME,
      title: TITLE,
      settings: ({ short }) => ({ events: short ? 50_000 : 300_000, alone: short ? 100 : 500 }),
      mostRuns: MOST_RUNS,
      figures: reason === undefined ? WITH_SERVER : FIGURES,
    })
    const { json, lines } = await row.run(options)
    if (reason === undefined) return { json, lines }
    return { json, lines: [...lines, `PostgreSQL is left out: ${reason}`] }
  },
}
