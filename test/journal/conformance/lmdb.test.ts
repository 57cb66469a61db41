import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbJournal } from '../../../src/journal/lmdb/index.js'
import { forceKill } from '../lmdb-support.js'
import { conformance } from './suite.js'

conformance('lmdb', async () => {
  const path = mkdtempSync(join(tmpdir(), 'outcry-journal-'))
  return {
    journal: () => lmdbJournal(path),
    kill: (journal) => forceKill(journal, path),
    dispose: async () => rmSync(path, { recursive: true, force: true }),
  }
})
