import { EventDraft, type EventInput } from '../events/draft.js'
import { LANES, type Lane, MARK_DERIVED, MARK_REPLAYED, type OutcryEvent } from '../events/event.js'
import { Invalid } from '../events/invalid.js'
import { type Receipt, type RefusalReason, receiptOf, type Taken } from '../events/receipt.js'
import type { EventCounts } from '../metrics/book.js'
import { conflatable, type Turn } from './conflater.js'
import { eventOf, keyOf, symbolOf } from './event-of.js'
import type { IntakePorts } from './intake-ports.js'
import { PlainIntake } from './plain-intake.js'
import { type Decided, StagedEvent, type Staging } from './staging.js'

/** What waits for its window takes a place, and what takes another's turn takes none. */
const needsRoom = (turn: Turn | undefined): boolean =>
  turn === undefined || turn.how === 'enters' || turn.how === 'waits'

const indexOfLane = (lane: Lane): number => LANES.indexOf(lane)

/**
 * The edge of the engine: validation, and the one synchronous step in which an event is looked up
 * among the duplicates, numbered, queued and counted. No promise is made here.
 */
export class Intake extends PlainIntake {
  /** Not even signals are taken: while draining they still are, as they answer what was accepted. */
  sealed = true
  private readonly laneOfSource: Map<string, number> | undefined

  constructor(ports: IntakePorts) {
    super(ports)
    const lanes = Object.entries(ports.lanesBySource ?? {})
    this.laneOfSource =
      lanes.length === 0 ? undefined : new Map(lanes.map(([source, lane]) => [source, indexOfLane(lane)]))
  }

  /** A trusted draft as it is, anything else through its schema; bad input is its own receipt. */
  check(input: EventDraft | EventInput, marks = 0): EventDraft | Receipt {
    const { types } = this.ports
    const draft = types.parse(input)
    return draft instanceof Invalid ? this.invalid(draft, input, marks) : draft
  }

  /** Whether an event of that id was accepted lately. */
  isDuplicate({ id }: EventDraft): boolean {
    return id !== undefined && this.ports.dedupe?.has(id) === true
  }

  laneOf(draft: EventDraft): number {
    if (this.laneOfSource !== undefined && draft.source !== undefined) {
      const lane = this.laneOfSource.get(draft.source)
      if (lane !== undefined) return lane
    }
    return this.ports.types.laneIndexOf(draft)
  }

  /** Takes, or refuses by policy, at once. `reserved` is the headroom of signals. */
  offer(input: EventDraft | EventInput, reserved = false, marks = 0): Receipt {
    return receiptOf(this.take(input, this.ports.clock.now(), reserved, marks))
  }

  /** As `offer`, without a receipt for what is simply accepted. */
  take(input: EventDraft | EventInput, receivedAt: number, reserved = false, marks = 0): Taken {
    const taken = marks === 0 && !reserved ? this.pass(input, receivedAt) : undefined
    return taken ?? this.takeSlowly(input, receivedAt, reserved, marks)
  }

  private takeSlowly(input: EventDraft | EventInput, receivedAt: number, reserved: boolean, marks: number): Taken {
    const { sequence } = this
    const draft = this.check(input, marks)
    if (!(draft instanceof EventDraft)) return draft
    // Reading it may have run the host's code, which may have published.
    const at = this.sequence === sequence ? receivedAt : this.ports.clock.now()
    return this.admit(draft, this.laneOf(draft), reserved, marks, at)
  }

  /**
   * Takes a recorded event once more, marked as replayed. Its id was seen when it came first, and its
   * source's rate was kept to then, so neither is asked about.
   */
  readmit(draft: EventDraft): Receipt {
    return receiptOf(this.admit(draft, this.laneOf(draft), false, MARK_REPLAYED))
  }

  /** The synchronous step for a checked draft. */
  admit(draft: EventDraft, lane: number, reserved = false, marks = 0, receivedAt = this.ports.clock.now()): Taken {
    const taken = marks === 0 && !reserved ? this.pass(draft, receivedAt) : undefined
    return taken ?? this.decide(draft, lane, reserved, marks, receivedAt, undefined)
  }

  /**
   * As `admit`, but the receipt is told when it is final: where events are to be durable first, once
   * this one is.
   */
  admitDurably(draft: EventDraft, lane: number, decided: Decided): void {
    const { staging, clock } = this.ports
    const now = clock.now()
    if (staging === undefined || staging.bypassed)
      decided(receiptOf(this.decide(draft, lane, false, 0, now, undefined)))
    else {
      const receipt = receiptOf(this.decide(draft, lane, false, 0, now, decided))
      if (receipt.status !== 'accepted') decided(receipt)
    }
  }

  /** Whether a receipt may have to wait. */
  get durably(): boolean {
    return this.ports.staging !== undefined
  }

  private decide(
    draft: EventDraft,
    lane: number,
    reserved: boolean,
    marks: number,
    receivedAt: number,
    decided: Decided | undefined,
  ): Taken {
    if (this.closed !== undefined && (this.sealed || !reserved)) return this.refuse(draft, this.closed, marks)
    const { queue, staging } = this.ports
    // What follows from a replay repeats what was there before, ids included, and is no repeat by mistake.
    const dedupe = (marks & MARK_REPLAYED) === 0 ? this.ports.dedupe : undefined
    if (this.redelivery !== undefined && (marks & MARK_REPLAYED) === 0) {
      const claimed = this.redelivery.claim(draft.id)
      if (claimed !== undefined) return { status: 'accepted', id: claimed.id, sequence: claimed.sequence }
    }
    if (staging?.refusing === true && !reserved) return this.refuse(draft, 'journal', marks)
    // What strategies publish has limits of its own.
    const limits = (marks & (MARK_DERIVED | MARK_REPLAYED)) === 0 ? this.ports.sourceLimits : undefined
    const source = draft.source ?? this.ports.source
    const bucket = limits?.bucketOf(source)
    if (bucket !== undefined && limits?.admits(bucket, source, receivedAt) === false)
      return this.refuse(draft, 'rate-limited', marks)
    const ledger = this.ledgerOf(marks)
    const id = draft.id ?? this.ports.environment.id()
    const conflated = this.ports.types.conflates && this.ports.types.conflated(draft.definition.type)
    const turn = conflated
      ? this.ports.conflater.turnOf(conflatable(draft, source, marks, receivedAt), lane)
      : undefined
    const stages = staging !== undefined && !staging.bypassed
    // What takes another's place needs no room, unless both are there until the newer one is durable.
    const full = !reserved && (stages || needsRoom(turn)) && !queue.hasRoom()
    // A key is committed only by what is accepted, and a duplicate makes nobody's room.
    if (dedupe !== undefined && (full ? dedupe.has(id) : !dedupe.add(id))) {
      ledger.duplicate()
      return { status: 'duplicate', id }
    }
    if (full) {
      const refusal = this.overflow(draft, lane, marks)
      if (refusal !== undefined) return refusal
      dedupe?.add(id)
    }
    if (reserved && (stages || turn?.how === 'waits') && !queue.hasRoom(true)) {
      dedupe?.delete(id)
      return this.refuse(draft, 'full', marks)
    }
    const entry = this.ports.symbols.get(keyOf(draft))
    const event = eventOf(draft, symbolOf(draft), entry, id, this.sequence + 1, marks, receivedAt, source)
    const { partition } = entry
    if (stages) {
      bucket?.take()
      return this.stage(staging, event, lane, partition, conflated, decided)
    }
    if (turn !== undefined && turn.how !== 'enters') {
      this.sequence += 1
      bucket?.take()
      ledger.accepted()
      return this.conflate(event, lane, partition, turn, true)
    }
    // What took an evicted one's place fits where that one stood, be it in the headroom.
    if (!queue.enqueue(event, lane, partition, reserved || full)) {
      dedupe?.delete(id)
      return this.refuse(draft, 'full', marks)
    }
    if (turn !== undefined) queue.conflated.noteLast(event, lane, partition, turn.until)
    bucket?.take()
    return this.accepted(event, ledger)
  }

  /** An event that has its number does not enter its lane by itself: what becomes of it, told where it was not before. */
  private conflate(
    event: OutcryEvent,
    lane: number,
    partition: number,
    turn: Exclude<Turn, { how: 'enters' }>,
    tells: boolean,
  ): Receipt {
    const { queue, conflater, audit, onAccepted } = this.ports
    const { id, sequence } = event
    if (tells) audit.accepted(event)
    if (turn.how === 'waits') {
      conflater.defer(event, lane, partition, turn)
      onAccepted(event)
      return { status: 'accepted', id, sequence }
    }
    const { spot, other } = turn
    const gone = turn.how === 'replaces' ? other : event
    if (turn.how === 'replaces') queue.conflated.replace(spot, event)
    else queue.conflated.giveWay(lane)
    this.ledgerOf(gone.marks).conflated()
    audit.conflated(gone, turn.how === 'replaces' ? event : other)
    onAccepted(event)
    const receipt = { status: 'accepted', id, sequence } as const
    return turn.how === 'replaces' ? { ...receipt, replaced: other.id } : { ...receipt, replacedBy: other.id }
  }

  /** Numbers an event that is to be durable before it can be leased; it has its place in the queue already. */
  private stage(
    staging: Staging,
    event: OutcryEvent,
    lane: number,
    partition: number,
    conflated: boolean,
    decided: Decided | undefined,
  ): OutcryEvent {
    this.sequence += 1
    this.ports.queue.reserve()
    if (decided === undefined) {
      this.ledgerOf(event.marks).accepted()
      if (this.ports.auditAtOnce) this.ports.audit.accepted(event)
    }
    staging.stage(new StagedEvent(event, lane, partition, conflated, decided))
    return event
  }

  /** A staged event is durable, or goes on without: it takes its place in the queue. */
  enter({ event, lane, partition, conflated, decided }: StagedEvent): void {
    const { queue, conflater, audit, auditAtOnce, onAccepted } = this.ports
    queue.unreserve()
    const turn = conflated ? conflater.turnOf(event, lane) : undefined
    const tells = decided !== undefined || !auditAtOnce
    if (decided !== undefined) this.ledgerOf(event.marks).accepted()
    if (turn !== undefined && turn.how !== 'enters') {
      const receipt = this.conflate(event, lane, partition, turn, tells)
      decided?.(receipt)
      return
    }
    queue.place(event, lane, partition)
    if (turn !== undefined) queue.conflated.noteLast(event, lane, partition, turn.until)
    if (tells) audit.accepted(event)
    onAccepted(event)
    decided?.({ status: 'accepted', id: event.id, sequence: event.sequence })
  }

  /** A staged event is not taken after all: its key is free again, its source has its token back, and nobody was told otherwise. */
  turnAway({ event, decided }: StagedEvent, reason: RefusalReason): void {
    this.ports.queue.unreserve()
    if ((event.marks & MARK_REPLAYED) === 0) this.ports.dedupe?.delete(event.id)
    if ((event.marks & (MARK_DERIVED | MARK_REPLAYED)) === 0) this.ports.sourceLimits?.bucketOf(event.source)?.putBack()
    this.ledgerOf(event.marks).refused()
    decided?.({ status: 'refused', id: event.id, reason })
  }

  /** A staged event came to be durable after the engine had given up: whoever starts next goes on with it. */
  leave({ event, decided }: StagedEvent): void {
    const { id, sequence, marks } = event
    this.ports.queue.unreserve()
    if (decided !== undefined) {
      this.ledgerOf(marks).accepted()
      this.ports.audit.accepted(event)
    }
    this.ledgerOf(marks).abandonedQueued(1)
    decided?.({ status: 'accepted', id, sequence })
  }

  /** Remembers ids that an earlier run accepted. */
  remember(ids: readonly string[]): void {
    const { dedupe } = this.ports
    if (dedupe !== undefined) for (const id of ids) dedupe.add(id)
  }

  /** The lane of a source, where it has one of its own. */
  laneOfSourceOf(source: string): number | undefined {
    return this.laneOfSource?.get(source)
  }

  /** A record as a draft, without a count: it was counted by the run that took it. */
  peek(input: EventDraft | EventInput): EventDraft | undefined {
    const draft = this.ports.types.parse(input)
    return draft instanceof Invalid ? undefined : draft
  }

  /** The refusal of an event whose source is over its rate: it need not wait for room to be told so. */
  overRate(draft: EventDraft): Receipt | undefined {
    const { sourceLimits: limits, clock } = this.ports
    const source = draft.source ?? this.ports.source
    const bucket = limits?.bucketOf(source)
    if (bucket === undefined || limits?.admits(bucket, source, clock.now()) !== false) return undefined
    return this.refuse(draft, 'rate-limited')
  }

  /** Counts a refusal that was decided elsewhere, such as a wait that timed out. */
  refuse(draft: EventDraft, reason: RefusalReason, marks = 0): Receipt {
    this.ledgerOf(marks).refused()
    return { status: 'refused', id: draft.id, reason }
  }

  /** Counts a record that never became an event. */
  problem(source: string, position: number | undefined, reason: string, marks = 0): void {
    this.ledgerOf(marks).invalid()
    this.ports.onInvalid(source, position, reason)
  }

  private invalid(invalid: Invalid, input: unknown, marks: number): Receipt {
    this.problem(sourceOf(input) ?? this.ports.source, undefined, invalid.reason, marks)
    return { status: 'invalid', id: invalid.id, reason: invalid.reason, path: invalid.path }
  }

  private overflow(draft: EventDraft, lane: number, marks: number): Receipt | undefined {
    const policy = this.ports.overflow[lane]
    if (policy === 'evict') {
      const evicted = this.ports.queue.evictOldest(lane)
      if (evicted !== undefined) {
        this.ports.onEvicted(evicted)
        this.ledgerOf(evicted.marks).evicted()
        return undefined
      }
    }
    if (policy === 'dead-letter') this.deadLetter(draft)
    return this.refuse(draft, 'full', marks)
  }

  private ledgerOf(marks: number): EventCounts {
    return (marks & MARK_DERIVED) === 0 ? this.ports.ledger : this.ports.derived
  }

  /** The event that a draft would have become. It is not accepted, so it has no sequence: 0 stands for none. */
  unaccepted(draft: EventDraft, marks = 0): OutcryEvent {
    const { environment, clock, symbols, source } = this.ports
    const id = draft.id ?? environment.id()
    return eventOf(draft, symbolOf(draft), symbols.get(keyOf(draft)), id, 0, marks, clock.now(), source)
  }

  private deadLetter(draft: EventDraft): void {
    this.ports.onDeadLetter(this.unaccepted(draft), 'refused')
  }
}

/** Who sent a record that is no event, if it says so; reading it may throw, as nothing is known of it. */
function sourceOf(input: unknown): string | undefined {
  try {
    const source = (input as { source?: unknown } | null | undefined)?.source
    return typeof source === 'string' ? source.slice(0, 200) : undefined
  } catch {
    return undefined
  }
}
