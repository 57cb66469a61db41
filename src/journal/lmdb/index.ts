import { z } from 'zod'
import { OutcryError } from '../../errors.js'
import { parseOptions } from '../../options.js'
import type { Journal } from '../journal.js'
import { LmdbJournal, type LmdbJournalOptions } from './journal.js'

export type { LmdbJournalOptions }

/** Tells the journals of one process apart: a lock is given back by whoever took it. */
let made = 0

const schema = z.strictObject({ onDamage: z.enum(['refuse', 'quarantine']).default('refuse') })

/**
 * A durable journal in a folder of its own, by lmdb (an optional peer dependency): embedded, without a
 * server. The folder is made where it is missing. Nothing is opened before the engine starts.
 *
 * @example
 * ```ts
 * import { lmdbJournal } from 'outcry/lmdb'
 *
 * const engine = createEngine({ strategies, journal: lmdbJournal('/var/lib/outcry'), durability: 'chunk' })
 * ```
 * @throws {OutcryError} OUTCRY_OPTION_INVALID for a path or options that cannot be meant.
 */
export function lmdbJournal(path: string, options: LmdbJournalOptions = {}): Journal {
  if (typeof path !== 'string' || path.trim() === '') {
    throw new OutcryError('OUTCRY_OPTION_INVALID', 'lmdbJournal wants the path of a folder.', {
      path: 'path',
      value: path,
    })
  }
  const parsed = parseOptions(schema, options, 'lmdbJournal')
  made += 1
  return new LmdbJournal(path, parsed, `${process.pid}.${made}`)
}
