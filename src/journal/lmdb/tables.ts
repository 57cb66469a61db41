import { type Database, open, type RootDatabase } from 'lmdb'

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

export function openTables(path: string, readOnly: boolean): Tables {
  const root = open<Buffer, string>({
    path,
    maxDbs: 16,
    encoding: 'binary',
    // A commit is told of when readers see it; `flushed` is told when it outlives a loss of power.
    separateFlushed: true,
    noSubdir: false,
    readOnly,
  })
  // biome-ignore lint/suspicious/noExplicitAny: each table's key type is stated where it is declared.
  const table = (name: string): any => root.openDB(name, { encoding: 'binary' })
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
