import type { PoolClient } from 'pg'
import { OutcryError } from '../../errors.js'
import type { OutcryEvent } from '../../events/event.js'
import { matching } from '../blocks.js'
import { beginRun, endRun, factsAfter, runsOfStored } from '../facts.js'
import type { Journal, JournalCheck, JournalFigures, JournalQuery, Retention } from '../journal.js'
import type { DispatchEntry, JournalBatch, JournalDamage, Recovered, RunEnd, RunStart } from '../records.js'
import { seal, sealJson, unsealJson } from '../seal.js'
import { JournalState } from '../state.js'
import { letterText, snapshotBytes, storedDispatches } from '../stored.js'
import { journalError } from './failure.js'
import { PostgresLink } from './link.js'
import { KIND, loadState, nameOf } from './load.js'
import type { PostgresSettings } from './options.js'
import { Rows } from './rows.js'
import { migrate, quoted } from './schema.js'
import {
  appendStatement,
  type EventRows,
  type Facts,
  factParameters,
  NO_EVENTS,
  NO_FACTS,
  rowsOf,
  type StateRow,
} from './statements.js'
import { forget } from './trim.js'

/** Deltas of settled ranges that are kept before they become one. */
const MAX_DELTAS = 512

/** The journal on a server: a schema of its own. See `Journal` for the contract. */
export class PostgresJournal implements Journal {
  readonly name: string
  readonly connection: PostgresLink
  readonly #settings: PostgresSettings
  readonly #schema: string
  readonly #rows: Rows
  #state = new JournalState()
  /** The number of this run; undefined while the journal is not open. */
  #run: number | undefined
  #deltas = 0
  #records = 0
  #bytes = 0
  #trimmed = 0
  /** The highest sequence that an append has tried to write: a failed one may have been kept all the same. */
  #attempted = 0
  /** An append has failed since the last one that went well. */
  #uncertain = false

  constructor(name: string, settings: PostgresSettings, token: string) {
    this.name = name
    this.#settings = settings
    this.#schema = quoted(settings.schema)
    this.connection = new PostgresLink(name, settings, token, (client) => this.#connected(client))
    this.#rows = new Rows(() => this.connection.reader(), this.#schema, name)
  }

  async open(start: RunStart): Promise<Recovered> {
    if (this.#run !== undefined) {
      throw new OutcryError('OUTCRY_JOURNAL_LOCKED', `${this.name} is open already.`, { path: this.name })
    }
    try {
      await this.connection.connect()
      return await this.#take(start)
    } catch (error) {
      this.#run = undefined
      await this.connection.disconnect()
      throw journalError(this.name, 'cannot be opened', error)
    }
  }

  /** What a new connection finds must be what this one has left. */
  async #connected(client: PoolClient): Promise<void> {
    await migrate(client, this.#settings.schema, this.name)
    if (this.#run === undefined) return
    const text = `SELECT value FROM ${this.#schema}.state WHERE kind = $1`
    const { rows } = await client.query<Pick<StateRow, 'value'>>(text, [KIND.runs])
    const stored = rows[0]
    const last = stored && runsOfStored(unsealJson(stored.value, `${this.name}: its runs`)).at(-1)
    if (last?.run === this.#run && last.end === undefined) return
    const message = `${this.name} was taken by another process, in its run ${last?.run ?? 'unknown'}, while this one had no connection.`
    throw new OutcryError('OUTCRY_JOURNAL_LOCKED', message, { path: this.name, value: last?.run })
  }

  async #take(start: RunStart): Promise<Recovered> {
    const damage: JournalDamage[] = []
    const run = await this.connection.exclusively(true, async (client) => {
      await client.query('BEGIN')
      const { state, facts, deltas } = await loadState(client, this.#schema, this.name, async (found, row) => {
        await this.#setAside(client, damage, found, `${row.kind} ${row.name}`, row.value)
        await client.query(`DELETE FROM ${this.#schema}.state WHERE kind = $1 AND name = $2`, [row.kind, row.name])
      })
      this.#state = state
      this.#deltas = deltas
      this.#records = facts?.records ?? 0
      this.#bytes = facts?.bytes ?? 0
      this.#trimmed = facts?.trimmed ?? 0
      this.#attempted = state.lastSequence
      // What no facts speak of was written by nobody: a batch is there as a whole or not at all.
      this.#uncertain = true
      await this.#checkEvents(client, damage)
      state.damage = damage
      const number = beginRun(state, start)
      await this.#write(client, undefined, {
        ...NO_FACTS,
        put: [this.#facts(), this.#runs(), ...this.#allSettled(damage)],
      })
      await client.query('COMMIT')
      return number
    })
    this.#run = run
    return this.#state.recovered(run)
  }

  async append(batch: JournalBatch, sync: boolean): Promise<void> {
    this.#opened()
    const { events = [], dispatches = [], settled = [], removed = [] } = batch
    const records = dispatches.length > 0 ? this.#records + 1 : this.#records
    try {
      const chunks = [...rowsOf(events)]
      const first = events[0]?.sequence
      const overlaps =
        removed.length > 0 ||
        this.#uncertain ||
        (first !== undefined && first <= Math.max(this.#attempted, this.#state.lastSequence))
      this.#attempted = Math.max(this.#attempted, events.at(-1)?.sequence ?? 0)
      await this.connection.exclusively(sync, async (client) => {
        let bytes = this.#bytes + chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
        const facts = (): Facts => this.#factsOf(batch, records, bytes)
        if (chunks.length <= 1 && !overlaps) {
          await this.#write(client, chunks[0], facts())
        } else {
          await client.query('BEGIN')
          if (overlaps) bytes -= await this.#cutOut(client, first, removed)
          for (const chunk of chunks) await this.#write(client, chunk, NO_FACTS)
          await this.#write(client, undefined, facts())
          await client.query('COMMIT')
        }
        this.#bytes = bytes
        this.#records = records
        this.#state.apply(batch)
        if (settled.length + removed.length > 0) this.#deltas += 1
      })
      this.#uncertain = false
    } catch (error) {
      this.#uncertain = true
      throw journalError(this.name, 'cannot be written', error)
    }
    // It is no part of the batch: should it fail, the next one tries again.
    if (this.#deltas > MAX_DELTAS) await this.#uniteSettled().catch(() => undefined)
  }

  async *read(query: JournalQuery = {}): AsyncGenerator<readonly OutcryEvent[]> {
    this.#opened()
    const bounded = { ...query, to: Math.min(query.to ?? Number.POSITIVE_INFINITY, this.#state.lastSequence) }
    try {
      for await (const events of this.#rows.events(bounded)) {
        const found = matching(events, bounded)
        if (found.length > 0) yield found
      }
    } catch (error) {
      throw journalError(this.name, 'cannot be read', error)
    }
  }

  async *dispatches(fromChunk = 0): AsyncGenerator<readonly DispatchEntry[]> {
    this.#opened()
    try {
      yield* this.#rows.dispatches(fromChunk)
    } catch (error) {
      throw journalError(this.name, 'cannot be read', error)
    }
  }

  async recentIds(count: number): Promise<readonly string[]> {
    this.#opened()
    try {
      return count === 0 ? [] : await this.#rows.recentIds(count)
    } catch (error) {
      throw journalError(this.name, 'cannot be read', error)
    }
  }

  async trim(retention: Retention): Promise<number> {
    this.#opened()
    try {
      let forgotten = 0
      for (;;) {
        const count = await this.connection.exclusively(false, (client) => this.#trimSome(client, retention))
        forgotten += count
        if (count === 0) return forgotten
      }
    } catch (error) {
      throw journalError(this.name, 'cannot be trimmed', error)
    }
  }

  async #trimSome(client: PoolClient, retention: Retention): Promise<number> {
    await client.query('BEGIN')
    const gone = await forget(client, this.#schema, this.#state.settledUpTo, this.#bytes, retention)
    if (gone.count > 0) {
      this.#state.firstSequence = gone.firstSequence
      this.#bytes -= gone.bytes
      this.#trimmed += gone.count
      await this.#write(client, undefined, { ...NO_FACTS, put: [this.#facts()] })
    }
    await client.query('COMMIT')
    return gone.count
  }

  async verify(): Promise<JournalCheck> {
    this.#opened()
    return this.#rows.verify(this.#state.runs)
  }

  figures(): JournalFigures {
    const { firstSequence, lastSequence, lastChunk } = this.#state
    const details = this.connection.figures()
    return { firstSequence, lastSequence, lastChunk, bytes: this.#bytes, trimmed: this.#trimmed, details }
  }

  async close(end: Exclude<RunEnd, 'crashed'>, endedAt: number): Promise<void> {
    if (this.#run === undefined) {
      await this.connection.disconnect()
      return
    }
    endRun(this.#state, end, endedAt)
    try {
      await this.connection.exclusively(true, (client) =>
        this.#write(client, undefined, { ...NO_FACTS, put: [this.#facts(), this.#runs()] }),
      )
    } catch (error) {
      throw journalError(this.name, 'cannot be closed', error)
    } finally {
      await this.abandon()
    }
  }

  /** Lets go of it as it is, without a word on how the run ended; for tests of what a kill leaves behind. */
  abandon(): Promise<void> {
    this.#run = undefined
    return this.connection.disconnect()
  }

  #opened(): void {
    if (this.#run !== undefined) return
    throw new OutcryError('OUTCRY_JOURNAL_FAILED', `${this.name} is not open.`, { path: this.name })
  }

  async #write(client: PoolClient, rows: EventRows | undefined, facts: Facts): Promise<void> {
    await client.query({
      // Once for each connection the server makes its plan.
      name: 'outcry-append',
      text: appendStatement(this.#schema),
      values: [...(rows?.parameters ?? NO_EVENTS), ...factParameters(facts)],
    })
  }

  #factsOf(batch: JournalBatch, records: number, bytes: number): Facts {
    const { dispatches = [], settled = [], removed = [] } = batch
    const chunk = dispatches.reduce((most, entry) => Math.max(most, entry.chunk), this.#state.lastChunk)
    const last = dispatches.reduce((most, { sequences }) => Math.max(most, sequences.at(-1) ?? 0), 0)
    const ended = removed.length === 0 ? settled : [...settled, ...removed]
    const put: StateRow[] = [this.#facts(batch, records, bytes)]
    if (ended.length > 0) put.push({ kind: KIND.settled, name: String(this.#deltas + 1), value: sealJson(ended) })
    for (const letter of batch.letters ?? [])
      put.push({ kind: KIND.letter, name: nameOf(letter.id), value: seal(letterText(letter)) })
    for (const snapshot of batch.snapshots ?? [])
      put.push({ kind: KIND.snapshot, name: nameOf(snapshot.strategy), value: seal(snapshotBytes(snapshot)) })
    for (const breaker of batch.breakers ?? [])
      put.push({ kind: KIND.breaker, name: nameOf(breaker.name), value: sealJson(breaker) })
    return {
      dispatch: dispatches.length === 0 ? undefined : [records, chunk, last, sealJson(storedDispatches(dispatches))],
      put,
      gone: [
        ...(batch.lettersGone ?? []).map((id) => ({ kind: KIND.letter, name: nameOf(id) })),
        ...(batch.snapshotsGone ?? []).map((strategy) => ({ kind: KIND.snapshot, name: nameOf(strategy) })),
      ],
    }
  }

  #facts(batch: JournalBatch = {}, records = this.#records, bytes = this.#bytes): StateRow {
    const facts = factsAfter(this.#state, batch, { bytes, trimmed: this.#trimmed, records })
    return { kind: KIND.facts, name: '', value: sealJson(facts) }
  }

  #runs(): StateRow {
    return { kind: KIND.runs, name: '', value: sealJson(this.#state.runs) }
  }

  /** Takes out what an append that failed may have left behind. Returns the bytes of that. */
  async #cutOut(
    client: PoolClient,
    first: number | undefined,
    removed: NonNullable<JournalBatch['removed']>,
  ): Promise<number> {
    // Above what was written last, nothing is known of before it is appended now.
    const from = Math.min(first ?? Number.MAX_SAFE_INTEGER, this.#state.lastSequence + 1)
    const { rows } = await client.query<{ readonly bytes: string }>(
      `WITH gone AS (
         DELETE FROM ${this.#schema}.events e
          WHERE e.sequence >= $1
             OR EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) AS r (a, z) WHERE e.sequence BETWEEN r.a AND r.z)
         RETURNING octet_length(body) AS bytes, sequence)
       SELECT coalesce(sum(bytes) FILTER (WHERE sequence <= $4), 0) AS bytes FROM gone`,
      [from, removed.map((range) => range.from), removed.map((range) => range.to), this.#state.lastSequence],
    )
    await client.query(`DELETE FROM ${this.#schema}.dispatches WHERE record > $1`, [this.#records])
    return Number(rows[0]?.bytes ?? 0)
  }

  async #uniteSettled(): Promise<void> {
    const { settled, firstSequence } = this.#state
    // Of what is no longer here one range says it all.
    if (firstSequence > 1) settled.add(1, firstSequence - 1)
    await this.connection.exclusively(false, async (client) => {
      await client.query('BEGIN')
      await client.query(`DELETE FROM ${this.#schema}.state WHERE kind = $1`, [KIND.settled])
      await this.#write(client, undefined, {
        ...NO_FACTS,
        put: [{ kind: KIND.settled, name: '0', value: sealJson(settled.list()) }],
      })
      await client.query('COMMIT')
      this.#deltas = 0
    })
  }

  /** Events that were set aside are at their end. */
  #allSettled(damage: readonly JournalDamage[]): StateRow[] {
    const ranges = damage.flatMap(({ sequences }) => (sequences === undefined ? [] : [sequences]))
    if (ranges.length === 0) return []
    this.#deltas += 1
    return [{ kind: KIND.settled, name: String(this.#deltas), value: sealJson(ranges) }]
  }

  /** What is not settled must be readable, or its loss must be known; with `quarantine`, all of it. */
  async #checkEvents(client: PoolClient, damage: JournalDamage[]): Promise<void> {
    const all = this.#settings.onDamage === 'quarantine'
    const from = all ? 0 : this.#state.settledUpTo + 1
    await this.#rows.damaged(from, async (sequence, body, problem) => {
      const where = `${this.name}: event ${sequence}`
      const sequences = { from: sequence, to: sequence }
      const found: JournalDamage = { where, problem, remedy: 'quarantined', sequences }
      await this.#setAside(client, damage, found, `event ${sequence}`, Buffer.from(body))
      await client.query(`DELETE FROM ${this.#schema}.events WHERE sequence = $1`, [sequence])
      this.#state.settled.add(sequence)
    })
  }

  async #setAside(
    client: PoolClient,
    damage: JournalDamage[],
    found: JournalDamage,
    what: string,
    content: Buffer,
  ): Promise<void> {
    if (this.#settings.onDamage === 'refuse') {
      const message = `${found.where} cannot be read: ${found.problem}`
      throw new OutcryError('OUTCRY_JOURNAL_CORRUPT', message, { path: found.where })
    }
    damage.push(found)
    await client.query(`INSERT INTO ${this.#schema}.quarantine VALUES ($1, $2)`, [what, content])
  }
}
