import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isOutcryError, OutcryError } from '../../errors.js'
import type { OutcryEvent } from '../../events/event.js'
import { type BlockHead, blocksOf, matching } from '../blocks.js'
import { beginRun, endRun, factsAfter } from '../facts.js'
import type { Journal, JournalCheck, JournalFigures, JournalQuery, Retention } from '../journal.js'
import { takeLock } from '../lock.js'
import {
  type DispatchEntry,
  JOURNAL_FORMAT,
  type JournalBatch,
  type JournalDamage,
  type Recovered,
  type RunEnd,
  type RunStart,
} from '../records.js'
import { seal, sealJson, unsealJson } from '../seal.js'
import { JournalState } from '../state.js'
import { dispatchesOf, letterText, snapshotBytes, storedDispatches } from '../stored.js'
import { checkFormat, loadState, type OnDamage } from './load.js'
import { BlockStore, MAINTAINED_AT_ONCE, READ_AT_ONCE } from './store.js'
import { openTables, type Tables } from './tables.js'
import { checkLength } from './torn.js'

/** Deltas of settled ranges that are kept before they become one. */
const MAX_DELTAS = 512

export interface LmdbJournalOptions {
  /**
   * What to do about a part that does not have its checksum: refuse to start (the default), or read
   * all of it when it is opened, set such parts aside in the journal itself, and go on without them.
   */
  readonly onDamage?: 'refuse' | 'quarantine'
}

const NOTHING = Buffer.alloc(0)

/** The embedded journal: one folder, no server. See `Journal` for the contract. */
export class LmdbJournal implements Journal {
  readonly name: string
  readonly #path: string
  readonly #onDamage: 'refuse' | 'quarantine'
  readonly #token: string
  #store: BlockStore | undefined
  #unlock: () => void = () => {}
  #state = new JournalState()
  #deltas = 0
  #records = 0
  #bytes = 0
  #trimmed = 0

  constructor(path: string, options: LmdbJournalOptions, token: string) {
    this.#path = path
    this.name = `lmdb:${path}`
    this.#onDamage = options.onDamage ?? 'refuse'
    this.#token = token
  }

  async open(start: RunStart): Promise<Recovered> {
    if (this.#store !== undefined) {
      throw new OutcryError('OUTCRY_JOURNAL_LOCKED', `${this.name} is open already.`, { path: this.name })
    }
    this.#unlock = takeLock(join(this.#path, 'outcry.lock'), this.#token, this.name)
    try {
      return await this.#take(start)
    } catch (error) {
      await this.#letGo()
      throw this.#failed('cannot be opened', error)
    }
  }

  async #take(start: RunStart): Promise<Recovered> {
    mkdirSync(this.#path, { recursive: true })
    checkLength(this.#path, this.name)
    const tables = openTables(this.#path, false)
    const store = new BlockStore(tables, this.name)
    this.#store = store
    checkFormat(tables, this.name)
    const damage: JournalDamage[] = []
    const { state, facts, deltas } = loadState(tables, this.name, this.#setAside(tables, damage))
    this.#state = state
    this.#deltas = deltas
    this.#records = facts?.records ?? 0
    this.#bytes = facts?.bytes ?? 0
    this.#trimmed = facts?.trimmed ?? 0
    this.#checkBlocks(store, damage)
    state.damage = damage
    const run = beginRun(state, start)
    await this.#commit(() => {
      void tables.meta.put('format', sealJson(JOURNAL_FORMAT))
      this.#putFacts(tables)
      void tables.meta.put('runs', sealJson(state.runs))
    }, true)
    return state.recovered(run)
  }

  async append(batch: JournalBatch, sync: boolean): Promise<void> {
    const store = this.#opened()
    const { tables } = store
    const { events = [], dispatches = [], settled = [], removed = [] } = batch
    const records = this.#records
    const bytes = this.#bytes
    try {
      const first = events[0]?.sequence
      const overlaps = removed.length > 0 || (first !== undefined && first <= this.#state.lastSequence)
      const chunk = dispatches.reduce((most, entry) => Math.max(most, entry.chunk), this.#state.lastChunk)
      await this.#commit(() => {
        if (overlaps) store.cutOut(first, removed)
        for (const { head, text } of blocksOf(events)) {
          const sealed = seal(text)
          this.#bytes += sealed.length
          void tables.blocks.put(head.first, sealed)
          store.putHead(head)
        }
        if (dispatches.length > 0) {
          this.#records += 1
          const sealed = sealJson(storedDispatches(dispatches))
          this.#bytes += sealed.length
          void tables.dispatches.put([chunk, this.#records], sealed)
        }
        const ended = removed.length === 0 ? settled : [...settled, ...removed]
        if (ended.length > 0) void tables.settled.put(this.#deltas + 1, sealJson(ended))
        for (const letter of batch.letters ?? []) void tables.letters.put(letter.id, seal(letterText(letter)))
        for (const id of batch.lettersGone ?? []) void tables.letters.remove(id)
        for (const snapshot of batch.snapshots ?? []) {
          void tables.snapshots.put(snapshot.strategy, seal(snapshotBytes(snapshot)))
        }
        for (const strategy of batch.snapshotsGone ?? []) void tables.snapshots.remove(strategy)
        for (const breaker of batch.breakers ?? []) void tables.breakers.put(breaker.name, sealJson(breaker))
        this.#putFacts(tables, batch)
      }, sync)
      this.#state.apply(batch)
      if (settled.length + removed.length > 0) this.#deltas += 1
      if (this.#deltas > MAX_DELTAS) await this.#uniteSettled(tables)
    } catch (error) {
      // The same numbers are given out again, so that what is appended again lies where this did.
      this.#records = records
      this.#bytes = bytes
      throw this.#failed('cannot be written', error)
    }
  }

  async *read(query: JournalQuery = {}): AsyncGenerator<readonly OutcryEvent[]> {
    const to = Math.min(query.to ?? Number.POSITIVE_INFINITY, this.#state.lastSequence)
    const bounded = { ...query, to }
    for await (const head of this.#opened().heads(bounded)) {
      const events = this.#opened().eventsOf(head)
      // Forgotten since its head was read.
      if (events === undefined) continue
      const found = matching(events, bounded)
      if (found.length > 0) yield found
    }
  }

  async *dispatches(fromChunk = 0): AsyncGenerator<readonly DispatchEntry[]> {
    let start: (number | string)[] = [fromChunk]
    let exclusiveStart = false
    for (;;) {
      const { dispatches } = this.#opened().tables
      const page = [...dispatches.getRange({ start, exclusiveStart, limit: READ_AT_ONCE })]
      for (const { key, value } of page) {
        const entries = dispatchesOf(unsealJson(value, `${this.name}: dispatch records ${key.join('.')}`))
        const found = entries.filter(({ chunk }) => chunk >= fromChunk)
        if (found.length > 0) yield found
      }
      const last = page.at(-1)
      if (last === undefined) return
      start = last.key
      exclusiveStart = true
    }
  }

  async recentIds(count: number): Promise<readonly string[]> {
    if (count === 0) return []
    const store = this.#opened()
    const parts: string[][] = []
    let found = 0
    for (const { value } of store.tables.heads.getRange({ reverse: true })) {
      const head = unsealJson(value, `${this.name}: a head`) as BlockHead
      const ids = (store.eventsOf(head) ?? []).map(({ id }) => id)
      parts.push(ids)
      found += ids.length
      if (found >= count) break
    }
    return parts.reverse().flat().slice(-count)
  }

  async trim(retention: Retention): Promise<number> {
    const store = this.#opened()
    const { tables } = store
    const { before = Number.NEGATIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY, keepEvents = 0 } = retention
    const keepFrom = Math.min(this.#state.settledUpTo, this.#state.lastSequence - keepEvents)
    let forgotten = 0
    for (;;) {
      const gone: { readonly head: BlockHead; readonly bytes: number }[] = []
      let { firstSequence } = this.#state
      let bytes = this.#bytes
      for (const { value } of tables.heads.getRange({ limit: MAINTAINED_AT_ONCE })) {
        const head = unsealJson(value, `${this.name}: a head`) as BlockHead
        if (head.last > keepFrom || (head.until >= before && bytes <= maxBytes)) break
        const size = tables.blocks.get(head.first)?.length ?? 0
        gone.push({ head, bytes: size })
        bytes -= size
        firstSequence = head.last + 1
      }
      if (gone.length === 0) break
      const old = store.oldDispatches(firstSequence)
      this.#bytes = bytes - old.reduce((sum, { bytes: size }) => sum + size, 0)
      this.#state.firstSequence = firstSequence
      for (const { head } of gone) forgotten += head.count
      this.#trimmed += gone.reduce((sum, { head }) => sum + head.count, 0)
      await this.#commit(() => {
        for (const { head } of gone) store.remove(head)
        for (const { key } of old) void tables.dispatches.remove(key as never)
        this.#putFacts(tables)
      }, false)
    }
    await store.mergeSmall(this.#state.settledUpTo)
    return forgotten
  }

  async verify(): Promise<JournalCheck> {
    return this.#opened().verify(this.#state.runs)
  }

  figures(): JournalFigures {
    const { firstSequence, lastSequence, lastChunk } = this.#state
    return { firstSequence, lastSequence, lastChunk, bytes: this.#bytes, trimmed: this.#trimmed, details: {} }
  }

  async close(end: Exclude<RunEnd, 'crashed'>, endedAt: number): Promise<void> {
    const tables = this.#store?.tables
    if (tables === undefined) return
    endRun(this.#state, end, endedAt)
    try {
      await this.#commit(() => {
        void tables.meta.put('runs', sealJson(this.#state.runs))
        this.#putFacts(tables)
      }, true)
    } catch (error) {
      throw this.#failed('cannot be closed', error)
    } finally {
      await this.#letGo()
    }
  }

  /** Lets go of it as it is, without a word on how the run ended; for tests of what a kill leaves behind. */
  abandon(): Promise<void> {
    return this.#letGo()
  }

  async #letGo(): Promise<void> {
    const store = this.#store
    this.#store = undefined
    await store?.tables.root.close().catch(() => undefined)
    this.#unlock()
    this.#unlock = () => {}
  }

  #opened(): BlockStore {
    if (this.#store !== undefined) return this.#store
    throw new OutcryError('OUTCRY_JOURNAL_FAILED', `${this.name} is not open.`, { path: this.name })
  }

  /** All puts of `write` in one transaction. */
  async #commit(write: () => void, sync: boolean): Promise<void> {
    const { root } = this.#opened().tables
    try {
      await root.batch(write)
      // Where the disk takes nothing more, it may be the flush that says so.
      if (sync) await root.flushed
    } catch (error) {
      // lmdb tells of the reason by one more promise, which is to be answered as well.
      const { commitError } = error as { commitError?: Promise<never> }
      commitError?.catch(() => undefined)
      throw error
    }
  }

  #putFacts(tables: Tables, batch: JournalBatch = {}): void {
    const counts = { bytes: this.#bytes, trimmed: this.#trimmed, records: this.#records }
    const facts = factsAfter(this.#state, batch, counts)
    void tables.meta.put('facts', sealJson(facts))
  }

  async #uniteSettled(tables: Tables): Promise<void> {
    const { settled, firstSequence } = this.#state
    // Of what is no longer here one range says it all.
    if (firstSequence > 1) settled.add(1, firstSequence - 1)
    await this.#commit(() => {
      void tables.settled.put(0, sealJson(settled.list()))
      for (let key = 1; key <= this.#deltas; key += 1) void tables.settled.remove(key)
    }, false)
    this.#deltas = 0
  }

  /** What is not settled must be readable, or its loss must be known; with `quarantine`, all of it. */
  #checkBlocks(store: BlockStore, damage: JournalDamage[]): void {
    const all = this.#onDamage === 'quarantine'
    const { tables } = store
    const setAside = this.#setAside(tables, damage)
    const { settled, firstSequence, lastSequence } = this.#state
    // Of a long journal little is not settled, and a start must not read the rest of it.
    const stored = all ? tables.heads.getRange() : store.storedHeads(settled.missing(firstSequence, lastSequence))
    for (const { key, value } of [...stored]) {
      const where = `${this.name}: block ${key}`
      let head: BlockHead | undefined
      try {
        head = unsealJson(value, where) as BlockHead
        store.check(head)
      } catch (error) {
        const sequences = head === undefined ? undefined : { from: head.first, to: head.last }
        const bytes = tables.blocks.get(key) ?? NOTHING
        const problem = (error as Error).message
        setAside({ where, problem, remedy: 'quarantined', sequences }, `block ${key}`, bytes, () => {
          void tables.blocks.remove(key)
          void tables.heads.remove(key)
        })
        if (sequences !== undefined) this.#state.settled.add(sequences.from, sequences.to)
      }
    }
  }

  #setAside(tables: Tables, damage: JournalDamage[]): OnDamage {
    return (found, key, bytes, remove) => {
      if (this.#onDamage === 'refuse') {
        throw new OutcryError('OUTCRY_JOURNAL_CORRUPT', `${found.where} cannot be read: ${found.problem}`, {
          path: found.where,
        })
      }
      damage.push(found)
      void tables.quarantine.put(key, Buffer.from(bytes))
      remove()
    }
  }

  #failed(what: string, cause: unknown): OutcryError {
    if (isOutcryError(cause)) return cause
    const why = cause instanceof Error ? cause.message : String(cause)
    return new OutcryError('OUTCRY_JOURNAL_FAILED', `${this.name} ${what}: ${why}`, { path: this.name, cause })
  }
}
