import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Journal } from '../../src/journal/journal.js'
import type { LmdbJournal } from '../../src/journal/lmdb/journal.js'

/** The end of a killed process, as far as its files can tell: its lock is nobody's, and no end was written. */
export async function forceKill(journal: Journal, path: string): Promise<void> {
  await (journal as LmdbJournal).abandon()
  rmSync(join(path, 'outcry.lock'), { force: true })
}
