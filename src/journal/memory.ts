import { OutcryError } from '../errors.js'
import type { OutcryEvent } from '../events/event.js'
import { BLOCK_EVENTS, matching } from './blocks.js'
import { beginRun, endRun } from './facts.js'
import type { Journal, JournalCheck, JournalFigures, JournalQuery, Retention } from './journal.js'
import type { DispatchEntry, JournalBatch, Recovered, RunEnd, RunStart } from './records.js'
import { JournalState } from './state.js'

/**
 * A journal that is as durable as its process: the contract in its plainest form, for tests and for
 * simulations. It keeps what it holds when it is closed, so that it can be opened again; its size is
 * bounded by `trim` alone.
 */
export class MemoryJournal implements Journal {
  readonly name: string = 'memory'
  private readonly state = new JournalState()
  private events: OutcryEvent[] = []
  private entries: DispatchEntry[] = []
  private isOpen = false
  private trimmed = 0

  async open(start: RunStart): Promise<Recovered> {
    if (this.isOpen)
      throw new OutcryError('OUTCRY_JOURNAL_LOCKED', 'The journal in memory is open.', { path: 'memory' })
    this.isOpen = true
    const { state } = this
    const run = beginRun(state, start)
    return state.recovered(run)
  }

  async append(batch: JournalBatch, _sync: boolean): Promise<void> {
    if (!this.isOpen) throw new OutcryError('OUTCRY_JOURNAL_FAILED', 'The journal in memory is not open.')
    const gone = batch.removed ?? []
    const first = batch.events?.[0]?.sequence ?? Number.POSITIVE_INFINITY
    const last = this.events.at(-1)?.sequence ?? 0
    // What an append that failed left behind gives way to what is appended now.
    if (gone.length > 0 || first <= last) {
      const isGone = (sequence: number): boolean =>
        sequence >= first || gone.some(({ from, to }) => sequence >= from && sequence <= to)
      this.events = this.events.filter(({ sequence }) => !isGone(sequence))
    }
    for (const event of batch.events ?? []) this.events.push(event)
    for (const entry of batch.dispatches ?? []) this.entries.push(entry)
    this.state.apply(batch)
  }

  async *read(query: JournalQuery = {}): AsyncGenerator<readonly OutcryEvent[]> {
    const to = Math.min(query.to ?? Number.POSITIVE_INFINITY, this.state.lastSequence)
    const { events } = this
    for (let from = 0; from < events.length; from += BLOCK_EVENTS) {
      const found = matching(events.slice(from, from + BLOCK_EVENTS), { ...query, to })
      if (found.length > 0) yield found
    }
  }

  async *dispatches(fromChunk = 0): AsyncGenerator<readonly DispatchEntry[]> {
    const found = this.entries.filter(({ chunk }) => chunk >= fromChunk)
    if (found.length > 0) yield found
  }

  async recentIds(count: number): Promise<readonly string[]> {
    return count === 0 ? [] : this.events.slice(-count).map(({ id }) => id)
  }

  async trim({ before = Number.NEGATIVE_INFINITY, keepEvents = 0 }: Retention): Promise<number> {
    const { state, events } = this
    const most = Math.max(0, events.length - keepEvents)
    const bound = state.settledUpTo
    let count = 0
    while (count < most) {
      const event = events[count]
      if (event === undefined || event.sequence > bound || event.receivedAt >= before) break
      count += 1
    }
    if (count === 0) return 0
    state.firstSequence = (events[count - 1]?.sequence ?? 0) + 1
    this.events = events.slice(count)
    const { firstSequence } = state
    this.entries = this.entries.filter(({ sequences }) => (sequences.at(-1) ?? 0) >= firstSequence)
    this.trimmed += count
    return count
  }

  async verify(): Promise<JournalCheck> {
    const { events, entries, state } = this
    return { events: events.length, dispatches: entries.length, blocks: 0, problems: [], runs: state.runs }
  }

  figures(): JournalFigures {
    const { firstSequence, lastSequence, lastChunk } = this.state
    return { firstSequence, lastSequence, lastChunk, bytes: 0, trimmed: this.trimmed, details: {} }
  }

  async close(end: Exclude<RunEnd, 'crashed'>, endedAt: number): Promise<void> {
    if (!this.isOpen) return
    this.isOpen = false
    endRun(this.state, end, endedAt)
  }

  /** What another process would find if this one were killed now. */
  fork(): MemoryJournal {
    const copy = new MemoryJournal()
    copy.takeOver(this)
    return copy
  }

  /** Has all that another one holds, and nothing else; for one that is new. */
  takeOver(other: MemoryJournal): void {
    this.events = [...other.events]
    this.entries = [...other.entries]
    this.state.copy(other.state)
  }

  /** As if the process had been killed: nobody writes how the run ended. */
  kill(): void {
    this.isOpen = false
  }
}
