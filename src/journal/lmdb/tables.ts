import type { Database, RootDatabase } from 'lmdb'
import { optionalPeer } from '../../peer.js'

const { open } = await optionalPeer('outcry/lmdb', 'lmdb', () => import('lmdb'))

export type Table<K extends number | string | readonly (number | string)[]> = Database<
  Buffer,
  K extends number | string ? K : (number | string)[]
>

/** What lmdb keeps, a table each; every value is sealed with its checksum. */
export interface Tables {
  readonly root: RootDatabase<Buffer, string>
  /** Format, runs, positions: JSON by name. */
  readonly meta: Table<string>
  /** What is in a block, by its first sequence. */
  readonly heads: Table<number>
  /** Encoded events, by the block's first sequence. */
  readonly blocks: Table<number>
  /** (type, first sequence of a block that has it) → nothing. */
  readonly byType: Table<readonly [string, number]>
  /** Dispatch records by (highest chunk so far, running number). */
  readonly dispatches: Table<readonly [number, number]>
  /** Ranges of settled sequences: all of them up to then at 0, and what came since at 1 and up. */
  readonly settled: Table<number>
  readonly letters: Table<string>
  readonly snapshots: Table<string>
  readonly breakers: Table<string>
  /** What could not be read, as it was found. */
  readonly quarantine: Table<string>
}

/**
 * A commit that fails rejects the promise of each of its puts beside the one that is waited for, and
 * one that nobody answers would end the process.
 */
function answered(promise: Promise<boolean>): Promise<boolean> {
  promise.then(undefined, () => undefined)
  return promise
}

export function openTables(path: string, readOnly: boolean): Tables {
  const root = open<Buffer, string>({
    path,
    maxDbs: 16,
    encoding: 'binary',
    // A commit is told of when readers see it; `flushed` is told when it outlives a loss of power.
    separateFlushed: true,
    // All puts are within batches of our own. Without this lmdb begins one for each turn as well, whose promise
    // nobody is given: when the disk is full it is rejected, and Node takes that for an uncaught error.
    eventTurnBatching: false,
    noSubdir: false,
    readOnly,
  })
  // biome-ignore lint/suspicious/noExplicitAny: each table's key type is stated where it is declared.
  const table = (name: string): any => {
    const db = root.openDB(name, { encoding: 'binary' })
    const put = db.put.bind(db)
    const remove = db.remove.bind(db)
    db.put = ((key: string, value: Buffer) => answered(put(key, value))) as typeof db.put
    db.remove = ((key: string) => answered(remove(key))) as typeof db.remove
    return db
  }
  return {
    root,
    meta: table('meta'),
    heads: table('heads'),
    blocks: table('blocks'),
    byType: table('byType'),
    dispatches: table('dispatches'),
    settled: table('settled'),
    letters: table('letters'),
    snapshots: table('snapshots'),
    breakers: table('breakers'),
    quarantine: table('quarantine'),
  }
}
