import type { PoolClient } from 'pg'
import type { SavedBreaker } from '../../breaker/saved.js'
import { restoreFacts, runsOfStored, type StoredFacts } from '../facts.js'
import type { SequenceRange } from '../ranges.js'
import type { JournalDamage } from '../records.js'
import { unseal, unsealJson } from '../seal.js'
import { JournalState } from '../state.js'
import { letterOf, snapshotOf } from '../stored.js'
import type { StateRow } from './statements.js'

/** What stands in the column `kind`. */
export const KIND = {
  facts: 'facts',
  runs: 'runs',
  settled: 'settled',
  letter: 'letter',
  snapshot: 'snapshot',
  breaker: 'breaker',
} as const

/** Any name as one that Postgres takes: it knows neither NUL nor half a character. */
export const nameOf = (name: string): string => JSON.stringify(name)

export interface Loaded {
  readonly state: JournalState
  readonly facts: StoredFacts | undefined
  /** The running number of the last delta of settled ranges. */
  readonly deltas: number
}

/** Told of what cannot be read; throws where it is not to be set aside. */
export type OnDamage = (damage: JournalDamage, row: StateRow) => Promise<void>

/** Reads all but events and dispatch records. */
export async function loadState(client: PoolClient, schema: string, name: string, onDamage: OnDamage): Promise<Loaded> {
  const state = new JournalState()
  let facts: StoredFacts | undefined
  let deltas = 0
  const use = ({ kind, name: key, value }: StateRow, where: string): void => {
    switch (kind) {
      case KIND.facts:
        facts = unsealJson(value, where) as StoredFacts
        restoreFacts(state, facts)
        return
      case KIND.runs:
        state.runs = runsOfStored(unsealJson(value, where))
        return
      case KIND.settled:
        deltas = Math.max(deltas, Number(key))
        for (const { from, to } of unsealJson(value, where) as SequenceRange[]) state.settled.add(from, to)
        return
      case KIND.letter: {
        const letter = letterOf(unseal(value, where).toString())
        state.letters.set(letter.id, letter)
        return
      }
      case KIND.snapshot: {
        const strategy = JSON.parse(key) as string
        state.snapshots.set(strategy, snapshotOf(strategy, unseal(value, where)))
        return
      }
      case KIND.breaker: {
        const saved = unsealJson(value, where) as SavedBreaker
        state.breakers.set(saved.name, saved)
      }
    }
  }
  // Letters in the order of their ids, as they were made.
  const { rows } = await client.query<StateRow>(
    `SELECT kind, name, value FROM ${schema}.state ORDER BY kind, name COLLATE "C"`,
  )
  for (const row of rows) {
    const where = `${name}: ${row.kind} ${row.name}`
    try {
      use(row, where)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      await onDamage({ where, problem, remedy: 'quarantined', sequences: undefined }, row)
    }
  }
  return { state, facts, deltas }
}
