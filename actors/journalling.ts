import type { JournalNotice } from '../machines/journal.js'
import type { RecoveryNotice } from '../machines/recovery.js'
import type { CircuitBreaker } from '../src/breaker/circuit-breaker.js'
import type { DeadLetter } from '../src/dead-letters/letter.js'
import { Redelivery } from '../src/dispatch/redelivery.js'
import type { StagedEvent, Staging } from '../src/dispatch/staging.js'
import type { Timer } from '../src/environment/environment.js'
import { OutcryError } from '../src/errors.js'
import type { OutcryEvent } from '../src/events/event.js'
import { describeThrown } from '../src/events/invalid.js'
import type { Journal } from '../src/journal/journal.js'
import type { Misfit } from '../src/journal/misfits.js'
import type { Recovered, StoredLetter } from '../src/journal/records.js'
import { JournalWriter } from '../src/journal/writer.js'
import { ConnectionKeeper } from './connection.js'
import type { JournalPlane } from './journal.js'
import { journalBreaker } from './journal-breaker.js'
import { configurationOf, packageVersion } from './journal-manifest.js'
import type { Plane } from './plane.js'
import { Recovery } from './recovery.js'

/** The name of the journal's breaker. No strategy of a journalled engine may have it. */
const JOURNAL = 'journal'

/** What joins an engine to its journal: what is written of it, and what is made of a run before. */
export class Journalling implements JournalPlane {
  readonly staging: Staging | undefined
  readonly breaker: CircuitBreaker
  readonly writer: JournalWriter
  /** What an earlier run has left; undefined until the journal is open. */
  recovered: Recovered | undefined
  /** The last chunk that each strategy's state has in it, as it was restored. */
  readonly restoredChunks = new Map<string, number>()
  readonly redelivery: Redelivery
  /** Keeps the connection with the journal's server; undefined where there is none. */
  readonly keeper: ConnectionKeeper | undefined
  private recovery: Recovery | undefined
  private opening: Promise<void> | undefined
  private trimTimer: Timer | undefined
  private trimming = false
  private tell: (notice: JournalNotice) => void = () => {}
  /** The engine has given up what was queued: what lands now is for the next run. */
  private over = false
  /** Letters of an earlier run take their places just now. */
  private restoring = false

  constructor(
    private readonly plane: Plane,
    readonly journal: Journal,
  ) {
    const { environment, options } = plane
    const { durability, journalling } = options
    this.staging = plane.staging
    this.breaker = plane.stage.guard(JOURNAL, journalBreaker(journalling.breaker))
    this.writer = new JournalWriter({
      environment,
      journal,
      breaker: this.breaker,
      slowCallMs: this.breaker.policy.slowCallMs,
      durability,
      onFailure: journalling.onFailure,
      intervalMs: journalling.intervalMs,
      maxBehind: journalling.maxBehind,
      staging: this.staging,
      sequence: () => plane.intake.sequence,
      position: () => plane.readPosition(),
      onLanded: (events) => this.landed(events),
      onRefused: (events) => this.refused(events),
      onMisfit: (misfit) => this.misfit(misfit),
      onDispatchesDropped: (total) => this.dispatchesDropped(total),
      onRoom: () => plane.roomAgain(),
      onTrouble: (failing, error) => this.troubled(failing, error),
    })
    plane.audit.add(this.writer)
    this.keeper =
      journal.connection === undefined
        ? undefined
        : new ConnectionKeeper(journal.name, journal.connection, environment, plane.log, (actor, event) =>
            plane.unanswered(actor, event),
          )
    this.redelivery = new Redelivery({
      types: plane.types,
      symbols: plane.symbols,
      queue: plane.queue,
      ledger: plane.book.events,
      derived: plane.book.derived,
      laneOfSource: (source) => plane.intake.laneOfSourceOf(source),
    })
  }

  /** An actor was told what its state has no answer to. */
  unanswered(actor: string, event: string): void {
    this.plane.unanswered(actor, event)
  }

  /** Brings the engine to where the run before was. */
  recover(tell: (notice: RecoveryNotice) => void): void {
    const { recovered } = this
    if (recovered === undefined) {
      tell({ type: 'recovery.done' })
      return
    }
    this.recovery = new Recovery(this, this.plane, recovered)
    this.recovery.run().then(
      () => tell({ type: 'recovery.done' }),
      (error: unknown) => tell({ type: 'recovery.failed', error }),
    )
  }

  cancelRecovery(): void {
    if (this.recovery !== undefined) this.recovery.cancelled = true
  }

  /** Opens the journal and gives the engine what has to be there before its other parts start. */
  open(tell: (notice: JournalNotice) => void): void {
    this.tell = tell
    this.opening = this.take()
    this.opening.then(
      () => tell({ type: 'journal.opened' }),
      (error: unknown) => tell({ type: 'journal.broken', error }),
    )
  }

  private async take(): Promise<void> {
    const { plane, journal } = this
    const { environment, options, intake, stage, queue } = plane
    const recovered = await journal.open({
      version: packageVersion(),
      configuration: configurationOf(options),
      startedAt: environment.now(),
    })
    this.recovered = recovered
    intake.sequence = recovered.lastSequence
    queue.resume(recovered.lastChunk)
    intake.remember(await journal.recentIds(options.dedupe.window))
    this.restoring = true
    plane.deadLetters.store.restore(recovered.letters)
    this.restoring = false
    for (const halt of recovered.halts) plane.reengage(halt)
    for (const saved of recovered.breakers) stage.restoreBreaker(saved)
    for (const { strategy, chunk, state } of recovered.snapshots) {
      this.restoredChunks.set(strategy, chunk)
      const seat = stage.seat(strategy)
      if (seat !== undefined && state !== undefined) seat.snapshot = state
    }
    this.enlistSinks(recovered)
    this.tellOf(recovered)
    this.writer.begin()
    this.trimLater()
  }

  /** A sink that the journal does not know begins with what comes from now on. */
  private enlistSinks(recovered: Recovered): void {
    for (const { sink } of this.plane.outboxes) {
      if (recovered.acknowledged[sink.name] !== undefined) continue
      this.writer.note((pending) => pending.acknowledge(sink.name, recovered.lastSequence))
    }
  }

  private tellOf({ run, runs, damage, unsettled, lastSequence }: Recovered): void {
    const { log, listeners } = this.plane
    const { name } = this.journal
    const before = runs.at(-2)
    for (const found of damage) {
      log.error({ journal: name, ...found }, 'a part of the journal cannot be read')
      const message = `${found.where}: ${found.problem} (${found.remedy})`
      listeners.fault('journal', new OutcryError('OUTCRY_JOURNAL_CORRUPT', message, { path: found.where }))
    }
    const open = unsettled.reduce((sum, { from, to }) => sum + to - from + 1, 0)
    const ended = before === undefined ? 'none' : (before.end ?? 'crashed')
    log.info({ journal: name, run, before: ended, lastSequence, unsettled: open }, 'the journal is open')
  }

  /** Writes what there is and lets go. */
  close(tell: (notice: JournalNotice) => void): void {
    this.tell = tell
    this.finish().then(
      () => tell({ type: 'journal.closed' }),
      (error: unknown) => {
        this.plane.listeners.fault('journal', error)
        tell({ type: 'journal.closed' })
      },
    )
  }

  private async finish(): Promise<void> {
    const { environment } = this.plane
    environment.unwatch(this.trimTimer)
    this.trimTimer = undefined
    // A stop may have come while it was being opened.
    await this.opening?.catch(() => undefined)
    await this.writer.close()
    this.dismiss()
    await this.journal.close(this.plane.failed ? 'failed' : 'clean', environment.now())
  }

  /**
   * What could not be written is this run's no more, and nobody is left waiting for it: at the end of the
   * journal, or of an engine that could not wait for that.
   */
  dismiss(): void {
    for (const staged of this.staging?.takeAll() ?? []) {
      if (staged.decided === undefined) this.plane.intake.leave(staged)
      else this.plane.intake.turnAway(staged, 'journal')
    }
  }

  /** The engine gives up: what nobody was told of is refused; what was accepted stays, for the next run. */
  giveUp(): void {
    this.over = true
    const { staging } = this
    if (staging === undefined) return
    for (const staged of staging.takeUndecided()) {
      this.writer.note((pending) => pending.remove(staged.event.sequence))
      this.plane.intake.turnAway(staged, 'stopping')
    }
  }

  settled(events: readonly OutcryEvent[]): void {
    this.writer.settle(events)
  }

  letterEntered(letter: DeadLetter): void {
    // The journal has it: written again it would count as one that is not there yet.
    if (this.restoring) return
    this.writer.note((pending) => pending.letter(stored(letter)))
  }

  letterLeft(id: string): void {
    this.writer.note((pending) => pending.letterGone(id))
  }

  /** A strategy's state as it is between two chunks; undefined where it began afresh. */
  snapshot(strategy: string, state: unknown): void {
    const chunk = this.plane.stage.runtimes.get(strategy)?.doneChunk ?? 0
    this.writer.note((pending) => pending.snapshot({ strategy, chunk, state }))
  }

  private landed(events: readonly StagedEvent[]): void {
    const { intake, pump } = this.plane
    for (const staged of events) {
      if (this.over) intake.leave(staged)
      else intake.enter(staged)
    }
    pump.moved()
    if (this.over) this.plane.roomAgain()
  }

  private refused(events: readonly StagedEvent[]): void {
    for (const staged of events) this.plane.intake.turnAway(staged, 'journal')
    this.plane.pump.moved()
    this.plane.roomAgain()
  }

  private misfit({ event: { id, type }, error }: Misfit): void {
    const why = describeThrown(error)
    const message = `${type}: the payload of ${id} cannot be written to ${this.journal.name}: ${why}`
    this.plane.listeners.fault(
      'journal',
      new OutcryError('OUTCRY_EVENT_INVALID', message, { path: 'payload', cause: error }),
    )
  }

  private troubled(failing: boolean, error: unknown): void {
    const { log, listeners, options } = this.plane
    const { name } = this.journal
    if (failing) {
      const { onFailure } = options.journalling
      log.error({ journal: name, err: error, onFailure }, 'the journal cannot be written')
      listeners.fault('journal', error)
      this.tell({ type: 'journal.failing', error })
    } else {
      const { unjournalled, refused, dispatchesDropped } = this.writer.counts
      log.warn({ journal: name, unjournalled, refused, dispatchesDropped }, 'the journal is written again')
      this.tell({ type: 'journal.mended' })
    }
    this.plane.onChange()
  }

  private dispatchesDropped(total: number): void {
    const { log } = this.plane
    log.warn({ journal: this.journal.name, dispatchesDropped: total }, 'dispatch records were given up unwritten')
  }

  private trimLater(): void {
    const { environment, options } = this.plane
    const { keepMs, maxBytes, trimEveryMs } = options.journalling
    if (keepMs === undefined && maxBytes === undefined) return
    this.trimTimer = environment.watch(() => {
      this.trimTimer = undefined
      void this.trim().finally(() => this.trimLater())
    }, trimEveryMs)
  }

  private async trim(): Promise<void> {
    const { environment, options, listeners } = this.plane
    const { keepMs, maxBytes } = options.journalling
    if (this.trimming || this.over) return
    this.trimming = true
    try {
      await this.journal.trim({
        ...(keepMs === undefined ? {} : { before: environment.now() - keepMs }),
        ...(maxBytes === undefined ? {} : { maxBytes }),
        keepEvents: options.dedupe.window,
      })
    } catch (error) {
      listeners.fault('journal', error)
    } finally {
      this.trimming = false
    }
  }
}

const stored = ({ id, event, strategy, reason, error, attempts, returns, at }: DeadLetter): StoredLetter => ({
  id,
  event,
  strategy,
  reason,
  error,
  attempts,
  returns,
  at,
})
