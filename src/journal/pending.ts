import type { SavedBreaker } from '../breaker/saved.js'
import type { Halt } from '../dispatch/halts.js'
import type { OutcryEvent } from '../events/event.js'
import { PendingLetters } from './pending-letters.js'
import { RangeSet } from './ranges.js'
import type { DispatchEntry, JournalBatch, StoredLetter, StrategySnapshot } from './records.js'

/** Dispatch records that may wait while nothing can be written; beyond it the oldest are given up. */
const MAX_DISPATCHES = 100_000

/** Ids of gone letters that go with other facts; where there are more they go first, without. */
const MAX_GONE = 50_000

/** What waits to be written, other than the events that are staged: each fact once, in its last form. */
export class Pending {
  events: OutcryEvent[] = []
  private settled = new RangeSet()
  private removed = new RangeSet()
  private dispatches: DispatchEntry[] = []
  private acknowledged: Record<string, number> = {}
  private readonly letters = new PendingLetters()
  private readonly snapshots = new Map<string, StrategySnapshot>()
  private snapshotsGone = new Set<string>()
  private readonly breakers = new Map<string, SavedBreaker>()
  private halts: readonly Halt[] | undefined
  private any = false

  /**
   * @param onDropped Told how many dispatch records were given up for want of room, each time.
   * @param mostGone Ids of gone letters that go with other facts, at most.
   */
  constructor(
    private readonly onDropped: (dispatches: number) => void,
    private readonly mostGone = MAX_GONE,
  ) {}

  get empty(): boolean {
    return !this.any && this.events.length === 0
  }

  event(event: OutcryEvent): void {
    this.events.push(event)
  }

  settle(sequence: number): void {
    this.any = true
    this.settled.add(sequence)
  }

  remove(sequence: number): void {
    this.any = true
    this.removed.add(sequence)
  }

  dispatch(entry: DispatchEntry): void {
    this.any = true
    this.dispatches.push(entry)
    if (this.dispatches.length <= MAX_DISPATCHES) return
    this.dispatches.splice(0, MAX_DISPATCHES >> 1)
    this.onDropped(MAX_DISPATCHES >> 1)
  }

  acknowledge(sink: string, sequence: number): void {
    this.any = true
    this.acknowledged[sink] = sequence
  }

  letter(letter: StoredLetter): void {
    this.any = true
    this.letters.enter(letter)
  }

  letterGone(id: string): void {
    this.any = true
    this.letters.leave(id)
  }

  snapshot(snapshot: StrategySnapshot): void {
    this.any = true
    this.snapshotsGone.delete(snapshot.strategy)
    this.snapshots.set(snapshot.strategy, snapshot)
  }

  snapshotGone(strategy: string): void {
    this.any = true
    this.snapshots.delete(strategy)
    this.snapshotsGone.add(strategy)
  }

  breaker(breaker: SavedBreaker): void {
    this.any = true
    this.breakers.set(breaker.name, breaker)
  }

  halt(halts: readonly Halt[]): void {
    this.any = true
    this.halts = halts
  }

  /**
   * All of it as one batch; nothing waits any more. Where very many letters have gone, what is taken first is their
   * ids, with events but no other facts: each batch with letters that is tried and fails may add as many to be told
   * gone, so none is tried until these are written.
   *
   * @param last No batch may follow: it has all there is, however many have gone.
   */
  take(last = false): JournalBatch {
    return this.letters.gone > this.mostGone && !last ? this.goneAlone() : this.all()
  }

  private goneAlone(): JournalBatch {
    const { events, removed } = this
    this.events = []
    this.removed = new RangeSet()
    return {
      ...(events.length > 0 ? { events } : {}),
      ...(removed.size > 0 ? { removed: removed.list() } : {}),
      lettersGone: this.letters.takeGone(),
    }
  }

  private all(): JournalBatch {
    const letters = this.letters.takeWaiting()
    const lettersGone = this.letters.takeGone()
    return {
      ...this.rest(),
      ...(letters.length > 0 ? { letters } : {}),
      ...(lettersGone.length > 0 ? { lettersGone } : {}),
    }
  }

  /** All but the letters. */
  private rest(): JournalBatch {
    const { events, settled, removed, dispatches, acknowledged, snapshots, breakers, halts } = this
    const batch: { -readonly [K in keyof JournalBatch]: JournalBatch[K] } = {}
    if (events.length > 0) batch.events = events
    this.events = []
    if (!this.any) return batch
    if (settled.size > 0) batch.settled = settled.list()
    if (removed.size > 0) batch.removed = removed.list()
    if (dispatches.length > 0) batch.dispatches = dispatches
    if (Object.keys(acknowledged).length > 0) batch.acknowledged = acknowledged
    if (snapshots.size > 0) batch.snapshots = [...snapshots.values()]
    if (this.snapshotsGone.size > 0) batch.snapshotsGone = [...this.snapshotsGone]
    if (breakers.size > 0) batch.breakers = [...breakers.values()]
    if (halts !== undefined) batch.halts = halts
    this.any = false
    this.settled = new RangeSet()
    this.removed = new RangeSet()
    this.dispatches = []
    this.acknowledged = {}
    snapshots.clear()
    this.snapshotsGone = new Set()
    breakers.clear()
    this.halts = undefined
    return batch
  }

  /** What could not be written waits again; what came after it goes over it. Its events are the caller's. */
  putBack(batch: JournalBatch): void {
    this.letters.putBack(batch.letters ?? [], batch.lettersGone ?? [])
    const later = this.rest()
    this.events = [...(later.events ?? [])]
    for (const { settled, removed } of [batch, later]) {
      for (const { from, to } of settled ?? []) this.settled.add(from, to)
      for (const { from, to } of removed ?? []) this.removed.add(from, to)
    }
    for (const part of [batch, later]) {
      for (const entry of part.dispatches ?? []) this.dispatch(entry)
      Object.assign(this.acknowledged, part.acknowledged)
      for (const snapshot of part.snapshots ?? []) this.snapshot(snapshot)
      for (const strategy of part.snapshotsGone ?? []) this.snapshotGone(strategy)
      for (const breaker of part.breakers ?? []) this.breaker(breaker)
      this.halts = part.halts ?? this.halts
    }
    this.any = true
  }
}
