import type { BreakerHandle } from '../breaker/handle.js'
import { isRejection, type Permit } from '../breaker/handle.js'
import type { AuditListener, DispatchOutcome, DispatchRecord } from '../dispatch/audit.js'
import type { Halt } from '../dispatch/halts.js'
import type { StagedEvent, Staging } from '../dispatch/staging.js'
import type { Environment, Timer } from '../environment/environment.js'
import type { OutcryEvent } from '../events/event.js'
import type { Journal } from './journal.js'
import { type Misfit, misfitOf, sortedOut, withoutBadSnapshots, withoutMisfits } from './misfits.js'
import type { Durability, JournalFailurePolicy } from './options.js'
import { Pending } from './pending.js'
import type { JournalBatch, ReadPosition } from './records.js'

export interface JournalWriterPorts {
  readonly environment: Environment
  readonly journal: Journal
  readonly breaker: BreakerHandle
  readonly durability: Durability
  readonly onFailure: JournalFailurePolicy
  /** An append that takes longer counts as slow. Milliseconds. */
  readonly slowCallMs: number
  /** Milliseconds. */
  readonly intervalMs: number
  readonly maxBehind: number
  /** Where events wait until they are durable; undefined where nobody waits. */
  readonly staging: Staging | undefined
  /** The last sequence given out. */
  readonly sequence: () => number
  /** How far a recording was read, where one is. */
  readonly position: () => ReadPosition | undefined
  /** Events are durable, or go on without. */
  readonly onLanded: (events: readonly StagedEvent[]) => void
  readonly onRefused: (events: readonly StagedEvent[]) => void
  /** An event cannot be written, now or ever: it was refused, or goes on unjournalled where it was answered as accepted. */
  readonly onMisfit: (misfit: Misfit) => void
  /** Dispatch records were given up, as too many waited to be written: so many in all. */
  readonly onDispatchesDropped: (total: number) => void
  /** There is room again for publishers. */
  readonly onRoom: () => void
  /** It has begun to fail, or works again. */
  readonly onTrouble: (failing: boolean, error: unknown) => void
}

const FIRST_RETRY_MS = 20
const MAX_RETRY_MS = 2_000

/** What an engine may tell of its journal. */
export interface JournalCounts {
  /** Batches written. */
  batches: number
  /** Events written. */
  events: number
  /** Syncs waited for. */
  syncs: number
  /** Appends that failed. */
  failures: number
  /** Events refused as they could not be made durable. */
  refused: number
  /** Events that went on without being journalled. */
  unjournalled: number
  /** Dispatch records given up, as too many waited to be written. */
  dispatchesDropped: number
}

/**
 * Writes what an engine does to its journal, a batch at a time: while one is being written the next
 * gathers, so that under load many events share one sync and without load none waits for others. A
 * batch holds all there is at its time, so what is on the disk is always a prefix of what was done.
 */
export class JournalWriter implements AuditListener {
  readonly counts: JournalCounts = {
    batches: 0,
    events: 0,
    syncs: 0,
    failures: 0,
    refused: 0,
    unjournalled: 0,
    dispatchesDropped: 0,
  }
  /** Appends have failed, and none has gone well since. */
  failing = false
  readonly #ports: JournalWriterPorts
  readonly #pending = new Pending((dispatches) => {
    this.counts.dispatchesDropped += dispatches
    this.#ports.onDispatchesDropped(this.counts.dispatchesDropped)
  })
  #writing: Promise<void> | undefined
  #scheduled = false
  #retry: Timer | undefined
  #interval: Timer | undefined
  #syncDue = false
  #failures = 0
  #open = false
  #closing = false
  /** Events that were staged take their places just now. */
  #entering = false

  constructor(ports: JournalWriterPorts) {
    this.#ports = ports
  }

  /** False while a journal that nobody waits for is too far behind. */
  get keepsUp(): boolean {
    return this.#pending.events.length < this.#ports.maxBehind
  }

  /** Events that are not durable. */
  get behind(): number {
    return this.#pending.events.length + (this.#ports.staging?.size ?? 0)
  }

  /** Nothing waits to be written, and nothing is being written. */
  get quiet(): boolean {
    return this.#writing === undefined && this.#pending.empty && (this.#ports.staging?.size ?? 0) === 0
  }

  /** The journal is open: what has gathered may be written. */
  begin(): void {
    this.#open = true
    this.wake()
  }

  // What the engine does.

  accepted(event: OutcryEvent): void {
    const { staging } = this.#ports
    if (staging !== undefined) {
      // What is staged is written from there.
      if (staging.bypassed && !this.#entering) this.counts.unjournalled += 1
      return
    }
    if (!this.keepsUp) {
      this.counts.unjournalled += 1
      return
    }
    this.#pending.event(event)
    this.wake()
  }

  conflated(older: OutcryEvent): void {
    this.settle([older])
  }

  dispatched({ chunk, lane, clock, events, outcomes }: DispatchRecord): void {
    const sequences = events.map(({ sequence }) => sequence)
    this.#pending.dispatch({ chunk, lane, clock, after: this.#ports.sequence(), sequences, outcomes, late: false })
    this.wake()
  }

  outcome(chunk: number, outcome: DispatchOutcome, events: readonly OutcryEvent[]): void {
    const sequences = events.map(({ sequence }) => sequence)
    const after = this.#ports.sequence()
    const clock = this.#ports.environment.now()
    this.#pending.dispatch({ chunk, lane: 'normal', clock, after, sequences, outcomes: [outcome], late: true })
    this.wake()
  }

  /** Events have come to their end. */
  settle(events: readonly OutcryEvent[]): void {
    for (let index = 0; index < events.length; index += 1) {
      this.#pending.settle((events[index] as OutcryEvent).sequence)
    }
    this.wake()
  }

  halts(halts: readonly Halt[]): void {
    this.#pending.halt(halts)
    this.wake()
  }

  /** Other facts; the callback is given what they are added to. */
  note(add: (pending: Pending) => void): void {
    add(this.#pending)
    this.wake()
  }

  /** Something waits to be written. */
  readonly wake = (): void => {
    if (this.#scheduled || this.#writing !== undefined || this.#retry !== undefined || !this.#open) return
    this.#scheduled = true
    // All of this turn shares one batch.
    this.#ports.environment.yield(this.#turn)
  }

  readonly #turn = (): void => {
    this.#scheduled = false
    this.#write()
  }

  #write(): void {
    const { staging, breaker } = this.#ports
    if (this.#writing !== undefined || !this.#open) return
    const waits = (staging?.waiting ?? 0) > 0
    if (!waits && this.#pending.empty && !this.#syncDue) return
    const permit = breaker.acquire()
    if (isRejection(permit)) {
      this.#turnedAway(permit.retryAfterMs)
      return
    }
    this.#writing = this.#append(permit).finally(() => {
      this.#writing = undefined
      this.#again()
    })
  }

  #again(): void {
    const { staging } = this.#ports
    if (this.#retry === undefined && ((staging?.waiting ?? 0) > 0 || !this.#pending.empty || this.#syncDue)) this.wake()
  }

  async #append(permit: Permit): Promise<void> {
    const { journal, staging, breaker, environment, position, onLanded, onRoom } = this.#ports
    this.#refuseMisfits()
    const staged = staging?.take() ?? []
    const taken = this.#pending.take(this.#closing)
    const { events: gathered = [], ...facts } = taken
    const { fit, misfits } = sortedOut(staging === undefined ? gathered : staged)
    const place = position()
    const batch: JournalBatch = {
      ...withoutMisfits(facts),
      ...(fit.length > 0 ? { events: fit } : {}),
      ...(place === undefined ? {} : { position: place }),
    }
    const sync = this.#takesSync()
    const beganAt = environment.monotonic()
    try {
      await journal.append(batch, sync)
    } catch (error) {
      this.counts.failures += 1
      breaker.report(permit, { ok: 0, failed: 1, slow: 0 })
      this.#failed(withoutBadSnapshots(taken), sync, error)
      return
    }
    const slow = environment.monotonic() - beganAt >= this.#ports.slowCallMs ? 1 : 0
    breaker.report(permit, { ok: 1, failed: 0, slow })
    this.#failures = 0
    this.counts.batches += 1
    this.counts.events += batch.events?.length ?? 0
    if (sync) this.counts.syncs += 1
    this.counts.unjournalled += misfits.length
    for (const misfit of misfits) this.#ports.onMisfit(misfit)
    this.#mended()
    if (staged.length > 0) onLanded(staging?.landed() ?? [])
    if (staging === undefined && (taken.events?.length ?? 0) > 0) onRoom()
  }

  /** One event that can never be written must not hold up all that follow: who waits for its receipt is refused. */
  #refuseMisfits(): void {
    const { staging, onRefused, onMisfit } = this.#ports
    const misfits: Misfit[] = []
    const refused = staging?.takeUndecided((event) => {
      const misfit = misfitOf(event)
      if (misfit !== undefined) misfits.push(misfit)
      return misfit !== undefined
    })
    if (refused === undefined || refused.length === 0) return
    this.counts.refused += refused.length
    for (const misfit of misfits) onMisfit(misfit)
    onRefused(refused)
  }

  /** Whether the next batch is to be synced; with an interval, sees to it that one will be. */
  #takesSync(): boolean {
    const { durability, environment, intervalMs } = this.#ports
    if (durability === 'chunk' || this.#closing) return true
    if (durability === 'none') return false
    if (this.#syncDue) {
      this.#syncDue = false
      return true
    }
    this.#interval ??= environment.watch(() => {
      this.#interval = undefined
      this.#syncDue = true
      this.wake()
    }, intervalMs)
    return false
  }

  #failed(taken: JournalBatch, sync: boolean, error: unknown): void {
    const { staging, onFailure } = this.#ports
    if (sync && this.#ports.durability === 'interval') this.#syncDue = true
    staging?.back()
    const events = taken.events ?? []
    this.#pending.putBack(taken)
    // The batch is written again as it was, before what has come since.
    this.#pending.events = [...events, ...this.#pending.events]
    this.#failures += 1
    if (!this.failing) {
      this.failing = true
      this.#ports.onTrouble(true, error)
    }
    if (onFailure !== 'wait') this.#giveWay()
    this.#retryLater(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, this.#failures - 1)))
  }

  /** The breaker gives no leave: what is new is dealt with by the policy, and the journal tried again later. */
  #turnedAway(retryAfterMs: number | undefined): void {
    if (!this.failing) {
      this.failing = true
      this.#ports.onTrouble(true, new Error(`the breaker ${this.#ports.breaker.name} is ${this.#ports.breaker.state}`))
    }
    if (this.#ports.onFailure !== 'wait') this.#giveWay()
    this.#retryLater(Math.min(MAX_RETRY_MS, Math.max(FIRST_RETRY_MS, retryAfterMs ?? MAX_RETRY_MS)))
  }

  #giveWay(): void {
    const { staging, onFailure, onLanded, onRefused } = this.#ports
    if (onFailure === 'continue') {
      if (staging !== undefined) {
        staging.bypassed = true
        const waiting = staging.takeWaiting()
        this.counts.unjournalled += waiting.length
        this.#entering = true
        if (waiting.length > 0) onLanded(waiting)
        this.#entering = false
      }
      this.counts.unjournalled += this.#pending.events.length
      this.#pending.events = []
    } else if (staging !== undefined) {
      // What was answered as accepted waits for the journal; what was not is refused.
      staging.refusing = true
      const undecided = staging.takeUndecided()
      this.counts.refused += undecided.length
      for (const { event } of undecided) this.#pending.remove(event.sequence)
      if (undecided.length > 0) onRefused(undecided)
    }
  }

  #mended(): void {
    const { staging } = this.#ports
    if (!this.failing) return
    this.failing = false
    if (staging !== undefined) {
      staging.refusing = false
      staging.bypassed = false
    }
    this.#ports.onTrouble(false, undefined)
  }

  #retryLater(delayMs: number): void {
    const { environment } = this.#ports
    environment.unwatch(this.#retry)
    this.#retry = environment.watch(() => {
      this.#retry = undefined
      // It is asked even if nothing waits: it is the only way to find out.
      if (this.#pending.empty) this.#syncDue = true
      this.#write()
    }, delayMs)
  }

  /** Writes all there is, synced, and takes nothing more. What cannot be written is left behind. */
  async close(): Promise<void> {
    const { environment, staging, breaker } = this.#ports
    this.#closing = true
    environment.unwatch(this.#retry)
    environment.unwatch(this.#interval)
    this.#retry = undefined
    this.#interval = undefined
    await this.#writing
    for (let attempt = 0; attempt < 3 && this.#open; attempt += 1) {
      if ((staging?.waiting ?? 0) === 0 && this.#pending.empty && attempt > 0) break
      const permit = breaker.acquire()
      environment.unwatch(this.#retry)
      this.#retry = undefined
      this.#writing = this.#append(isRejection(permit) ? LAST : permit)
      await this.#writing
      this.#writing = undefined
      if (!this.failing) break
    }
    environment.unwatch(this.#retry)
    this.#retry = undefined
    this.#open = false
  }
}

/** At the end there is nothing to protect any more: one last attempt, whatever the breaker says. */
const LAST: Permit = { generation: -1, probe: false, settled: true }
