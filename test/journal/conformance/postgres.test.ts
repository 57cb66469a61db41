import { postgresJournal } from '../../../src/journal/postgres/index.js'
import type { PostgresJournal } from '../../../src/journal/postgres/journal.js'
import { withPostgres } from '../postgres-support.js'
import { conformance } from './suite.js'

let schemas = 0

withPostgres('postgres', (server) => {
  conformance('postgres', async () => {
    schemas += 1
    const schema = `journal ${schemas}`
    return {
      journal: () => postgresJournal({ connectionString: server().url, schema, lockWaitMs: 100 }),
      kill: (journal) => (journal as PostgresJournal).abandon(),
      dispose: async () => {},
    }
  })
})
