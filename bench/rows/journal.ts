import { whyNoPostgres } from '../outcry.js'
import { probed } from './probed.js'
import type { Row } from './row.js'

const NAME = 'journal'
const TITLE =
  'a durable journal, synced for each chunk: lmdb, group commit against a sync for each event, and PostgreSQL'

const FIGURES = [
  { name: 'eventsPerSecond', title: 'durable events a second, lmdb', digits: 0, asked: '≥ 200,000' },
  { name: 'eventsPerSync', title: 'events that shared a sync', digits: 0 },
  { name: 'oneByOnePerSecond', title: 'events a second, a sync each', digits: 0 },
]

const ON_SERVER = { name: 'postgresPerSecond', title: 'durable events a second, PostgreSQL', digits: 0 }

export const journal: Row = {
  name: NAME,
  title: TITLE,
  async run(options) {
    const reason = await whyNoPostgres()
    const row = probed({
      name: NAME,
      title: TITLE,
      settings: ({ short }) => ({ events: short ? 50_000 : 300_000, alone: short ? 100 : 500 }),
      mostRuns: 3,
      figures: reason === undefined ? [...FIGURES, ON_SERVER] : FIGURES,
    })
    const { json, lines } = await row.run(options)
    if (reason === undefined) return { json, lines }
    return { json, lines: [...lines, `PostgreSQL is left out: ${reason}`] }
  },
}
