import type { SavedBreaker } from '../../breaker/saved.js'
import { isOutcryError, OutcryError } from '../../errors.js'
import { restoreFacts, runsOfStored, type StoredFacts } from '../facts.js'
import type { SequenceRange } from '../ranges.js'
import { JOURNAL_FORMAT, type JournalDamage } from '../records.js'
import { unseal, unsealJson } from '../seal.js'
import { JournalState } from '../state.js'
import { letterOf, snapshotOf } from '../stored.js'
import type { Tables } from './tables.js'

export interface Loaded {
  readonly state: JournalState
  readonly facts: StoredFacts | undefined
  /** The running number of the last delta of settled ranges. */
  readonly deltas: number
}

/** Told of what cannot be read; throws where it is not to be set aside. */
export type OnDamage = (damage: JournalDamage, key: string, bytes: Uint8Array, remove: () => void) => void

/** @throws {OutcryError} OUTCRY_JOURNAL_FORMAT for what a newer version wrote. */
export function checkFormat(tables: Tables, name: string): void {
  const stored = tables.meta.get('format')
  if (stored === undefined) return
  const format = Number(unsealJson(stored, `${name}: its format`))
  if (format > JOURNAL_FORMAT) {
    const message = `${name} is of format ${format}, and this version reads formats up to ${JOURNAL_FORMAT}.`
    throw new OutcryError('OUTCRY_JOURNAL_FORMAT', message, { path: name, value: format })
  }
}

/** Reads all but events and dispatch records. */
export function loadState(tables: Tables, name: string, onDamage: OnDamage): Loaded {
  const state = new JournalState()
  const guarded = (what: string, bytes: Uint8Array, remove: () => void, use: () => void): void => {
    try {
      use()
    } catch (error) {
      if (!isOutcryError(error) && !(error instanceof Error)) throw error
      const damage: JournalDamage = {
        where: `${name}: ${what}`,
        problem: error.message,
        remedy: 'quarantined',
        sequences: undefined,
      }
      onDamage(damage, what, bytes, remove)
    }
  }
  let facts: StoredFacts | undefined
  const stored = tables.meta.get('facts')
  if (stored !== undefined) {
    facts = unsealJson(stored, `${name}: its positions`) as StoredFacts
    restoreFacts(state, facts)
  }
  const runs = tables.meta.get('runs')
  if (runs !== undefined) {
    state.runs = runsOfStored(unsealJson(runs, `${name}: its runs`))
  }
  let deltas = 0
  for (const { key, value } of tables.settled.getRange()) {
    const what = `settled ranges ${key}`
    guarded(
      what,
      value,
      () => void tables.settled.remove(key),
      () => {
        for (const { from, to } of unsealJson(value, what) as SequenceRange[]) state.settled.add(from, to)
      },
    )
    deltas = Math.max(deltas, key)
  }
  for (const { key, value } of tables.letters.getRange()) {
    const what = `dead letter ${key}`
    guarded(
      what,
      value,
      () => void tables.letters.remove(key),
      () => state.letters.set(key, letterOf(unseal(value, what).toString())),
    )
  }
  for (const { key, value } of tables.snapshots.getRange()) {
    const what = `snapshot of ${key}`
    guarded(
      what,
      value,
      () => void tables.snapshots.remove(key),
      () => state.snapshots.set(key, snapshotOf(key, unseal(value, what))),
    )
  }
  for (const { key, value } of tables.breakers.getRange()) {
    const what = `breaker ${key}`
    guarded(
      what,
      value,
      () => void tables.breakers.remove(key),
      () => state.breakers.set(key, unsealJson(value, what) as SavedBreaker),
    )
  }
  return { state, facts, deltas }
}
