import type { DispatchOutcome } from '../src/dispatch/audit.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import type { DataEnvironment } from '../src/environment/environment.js'
import { MARK_DERIVED, MARK_REDELIVERED, type OutcryEvent, withMarks } from '../src/events/event.js'
import { RangeSet } from '../src/journal/ranges.js'
import type { DispatchEntry, Recovered } from '../src/journal/records.js'
import { isPromise } from '../src/settling.js'
import type { SignalEvent } from '../src/sinks/sink.js'
import type { Journalling } from './journalling.js'
import type { Plane } from './plane.js'

/** How long a turn of the event loop may last. Milliseconds. */
const TURN_MS = 10

/** Events remembered between the reading of the log and the chunk that they were in. */
const REMEMBERED = 131_072

/**
 * Brings an engine to where the run before was. First what it did is played over: the digest takes it
 * in, and strategies that have a state are handed what followed their snapshot, while nothing that
 * they publish goes anywhere. Then what was not settled is queued again, and what no sink has
 * acknowledged is offered again.
 */
export class Recovery {
  cancelled = false
  /** Events handed to strategies for their state alone. */
  replayed = 0
  private readonly plane: Plane
  private readonly events = new Map<number, OutcryEvent>()
  private readonly unsettled: RangeSet
  private turnBeganAt = 0
  private source: AsyncIterator<readonly OutcryEvent[]> | undefined
  private readUpTo = 0
  private digestedUpTo = 0
  private waiting: OutcryEvent[] = []

  constructor(
    private readonly journalling: Journalling,
    plane: Plane,
    private readonly recovered: Recovered,
  ) {
    this.plane = plane
    this.unsettled = new RangeSet(recovered.unsettled)
  }

  async run(): Promise<void> {
    const { plane, recovered } = this
    if (recovered.lastSequence === 0) return
    this.turnBeganAt = plane.environment.monotonic()
    plane.stage.silent = true
    try {
      await this.replay()
    } finally {
      plane.stage.silent = false
    }
    for (const runtime of plane.stage.runtimes.values()) runtime.doneChunk = recovered.lastChunk
    if (this.cancelled) return
    await this.requeue()
    await this.offerSignals()
  }

  /** Strategies whose state is rebuilt, by the last chunk that it has in it. */
  private wanting(): Map<string, number> {
    const { stage } = this.plane
    const wanting = new Map<string, number>()
    for (const [name, { definition }] of stage.runtimes) {
      // Without a state of the engine's there is nothing to rebuild.
      if (definition.state === undefined) continue
      const restored = this.journalling.restoredChunks.get(name)
      // A snapshot that could not be restored was forgotten: then all of it is played.
      const fresh = stage.seat(name)?.snapshot === undefined
      const snapshot = this.recovered.snapshots.find(({ strategy }) => strategy === name)
      const began = snapshot?.state === undefined ? (restored ?? 0) : fresh ? 0 : (restored ?? 0)
      wanting.set(name, began)
    }
    return wanting
  }

  private async replay(): Promise<void> {
    const { plane, journalling, recovered } = this
    const { digest } = plane
    const wanting = this.wanting()
    const earliest = Math.min(...wanting.values(), digest === undefined ? Number.POSITIVE_INFINITY : 0)
    if (earliest >= recovered.lastChunk && digest === undefined) return
    if (digest !== undefined) this.source = journalling.journal.read()[Symbol.asyncIterator]()
    for await (const page of journalling.journal.dispatches(earliest + 1)) {
      for (const entry of page) {
        if (this.cancelled) return
        if (digest !== undefined) await this.digestUpTo(entry.after)
        if (entry.late) for (const outcome of entry.outcomes) digest?.outcome(entry.chunk, outcome)
        else digest?.chunk(entry.chunk, entry.clock, entry.sequences, entry.outcomes)
        await this.play(entry, wanting)
        if (plane.environment.monotonic() - this.turnBeganAt > TURN_MS) await this.pause()
      }
    }
    if (digest !== undefined) await this.digestUpTo(Number.POSITIVE_INFINITY)
  }

  /** The clock of recorded data goes where it was, firing the timers on its way. */
  private advance(clock: number): void {
    const { environment, clock: boundary } = this.plane
    if (boundary === undefined) return
    const data = environment as DataEnvironment
    data.begin?.(clock)
    for (let exact = data.nextExact(); exact <= clock; exact = data.nextExact()) {
      data.advanceTo(Math.max(exact, data.now()))
    }
    data.advanceTo(clock)
  }

  private async play(entry: DispatchEntry, wanting: ReadonlyMap<string, number>): Promise<void> {
    const { stage } = this.plane
    if (!entry.late) this.advance(entry.clock)
    let events: OutcryEvent[] | undefined
    for (const outcome of entry.outcomes) {
      const began = wanting.get(outcome.strategy)
      const runtime = stage.runtimes.get(outcome.strategy)
      if (began === undefined || runtime === undefined || entry.chunk <= began || outcome.succeeded === 0) continue
      events ??= await this.eventsOf(entry.sequences)
      await this.hand(runtime, this.deliveredTo(runtime, events, outcome, entry.late), entry)
    }
  }

  /** What a strategy has handled of a chunk; not what will be delivered again. */
  private deliveredTo(
    runtime: StrategyRuntime,
    events: readonly OutcryEvent[],
    { failedSequences }: DispatchOutcome,
    own: boolean,
  ): readonly OutcryEvent[] {
    const meant = own ? events : (this.plane.router.split([...events]).of(runtime.interest) ?? [])
    return meant.filter(({ sequence }) => !failedSequences.includes(sequence) && !this.unsettled.has(sequence))
  }

  private async hand(
    runtime: StrategyRuntime,
    events: readonly OutcryEvent[],
    { chunk }: DispatchEntry,
  ): Promise<void> {
    if (events.length === 0) return
    const { plane } = this
    this.replayed += events.length
    try {
      const { definition, context } = runtime
      if (definition.onEvents !== undefined) {
        const answer: unknown = definition.onEvents(events, context)
        if (isPromise(answer)) await answer
      } else {
        for (const event of events) {
          runtime.at = event
          const answer: unknown = definition.onEvent?.(event, context)
          if (isPromise(answer)) await answer
        }
      }
    } catch (error) {
      plane.listeners.fault(`recovery of strategy ${runtime.name}, chunk ${chunk}`, error)
    } finally {
      runtime.at = undefined
    }
  }

  private async digestUpTo(sequence: number): Promise<void> {
    const { digest } = this.plane
    while (this.digestedUpTo < sequence) {
      const next = this.waiting[0]
      if (next === undefined) {
        if (!(await this.readOn())) return
        continue
      }
      if (next.sequence > sequence) return
      this.waiting.shift()
      this.digestedUpTo = next.sequence
      digest?.accepted(next)
    }
  }

  private async readOn(): Promise<boolean> {
    const page = await this.source?.next()
    if (page === undefined || page.done === true) return false
    for (const event of page.value) this.remember(event)
    this.waiting = [...this.waiting, ...page.value]
    return true
  }

  private remember(event: OutcryEvent): void {
    this.events.set(event.sequence, event)
    this.readUpTo = Math.max(this.readUpTo, event.sequence)
    if (this.events.size <= REMEMBERED) return
    for (const oldest of this.events.keys()) {
      this.events.delete(oldest)
      break
    }
  }

  private async eventsOf(sequences: readonly number[]): Promise<OutcryEvent[]> {
    const missing = new RangeSet()
    for (const sequence of sequences) if (!this.events.has(sequence)) missing.add(sequence)
    for (const { from, to } of missing.list()) {
      for await (const page of this.journalling.journal.read({ from, to })) {
        for (const event of page) this.remember(event)
      }
    }
    // What retention has taken, or what is damaged, is not there.
    return sequences.flatMap((sequence) => this.events.get(sequence) ?? [])
  }

  private async requeue(): Promise<void> {
    const { journalling, plane, recovered } = this
    const { redelivery, journal } = journalling
    const events: OutcryEvent[] = []
    for (const { from, to } of recovered.unsettled) {
      for await (const page of journal.read({ from, to })) events.push(...page)
    }
    if (plane.clock === undefined) {
      for (const event of events) redelivery.requeue(event)
      return
    }
    // A recording brings them by once more, and each has to take the turn that it had.
    const expected = new Set<string>()
    for (const event of events) {
      const { causationId } = event
      const comesBy = (event.marks & MARK_DERIVED) === 0 || (causationId !== undefined && expected.has(causationId))
      if (comesBy) {
        expected.add(event.id)
        redelivery.expect([event])
      } else redelivery.requeue(event)
    }
    plane.intake.redelivery = redelivery
  }

  private async offerSignals(): Promise<void> {
    const { journalling, plane, recovered } = this
    const { acknowledged } = recovered
    const known = plane.outboxes.filter(({ sink }) => acknowledged[sink.name] !== undefined)
    const from = Math.min(...known.map(({ sink }) => acknowledged[sink.name] ?? 0)) + 1
    if (!Number.isFinite(from)) return
    for await (const page of journalling.journal.read({ types: ['signal'], from })) {
      for (const event of page) {
        const signal = withMarks(event, event.marks | MARK_REDELIVERED) as SignalEvent
        for (const outbox of known) {
          if (event.sequence > (acknowledged[outbox.sink.name] ?? 0)) plane.offerAgain(outbox, signal)
        }
      }
    }
  }

  private async pause(): Promise<void> {
    const { environment } = this.plane
    await new Promise<void>((resolve) => environment.yield(resolve))
    this.turnBeganAt = environment.monotonic()
    this.plane.onProgress()
  }
}
