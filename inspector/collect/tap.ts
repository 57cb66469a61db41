import type { Environment } from 'outcry'
import type { AnyActorLogic, AnyActorRef, AnyStateMachine, InspectionEvent } from 'xstate'
import { type Definition, definitionOf } from '../definition.js'
import type { ActorKind, MachineDefinition } from '../protocol.js'
import { ActorRecord, type SnapshotLike, snapshotOf } from './actor-record.js'

/** Told of each message between actors while somebody wants to see them. */
export type OnMessage = (from: ActorRecord | undefined, to: ActorRecord, event: string, at: number) => void

/** Told of each microstep, for recordings. `edges` are places in the definition; it is used again. */
export type OnStep = (record: ActorRecord, event: string, from: number | undefined, edges: readonly number[]) => void

export interface TapListener {
  readonly onStep?: OnStep
  readonly onSpawn?: (record: ActorRecord) => void
  readonly onStop?: (record: ActorRecord) => void
  /** Whether what happened is held until a batch takes it; who listens to every step needs no batches. Default true. */
  readonly keepsBatches?: boolean
}

/** An event without an answer is told by type; beyond these types by `other`. */
const UNHANDLED_TYPES = 20

/** Actors that send to each other within one step; beyond that who sent is not known. */
const DEEPEST = 64

const KINDS: Readonly<Record<string, ActorKind>> = {
  engine: 'engine',
  strategyGroup: 'group',
  strategy: 'strategy',
  worker: 'worker',
  breaker: 'breaker',
  sink: 'sink',
  feed: 'feed',
}

/**
 * Listens to every actor of one engine's system, and can be taken off again: then it costs nothing.
 * A message or a step allocates nothing here but a record for each actor; what is read of a snapshot
 * is read where the state moved, and the rest when a batch is made.
 */
export class Tap {
  readonly records = new Map<AnyActorRef, ActorRecord>()
  readonly byNumber = new Map<number, ActorRecord>()
  readonly machines: Record<string, MachineDefinition> = {}
  /** Records that something happened to since the last batch. */
  dirty: ActorRecord[] = []
  added: ActorRecord[] = []
  removed: number[] = []
  onMessage: OnMessage | undefined
  steps = 0
  private at = 0
  /** What went wrong in here; an inspector that throws would wedge the actor that it was told of. */
  faults = 0
  private readonly definitions = new Map<AnyActorLogic, Definition>()
  private readonly edges: number[] = []
  private subscription: { unsubscribe(): void } | undefined
  private count = 0
  /**
   * Actors that are handling a message, the innermost last. What the data plane sends from within an
   * actor's step names no sender, but delivery is synchronous: it comes from that actor.
   */
  private readonly handling: ActorRecord[] = []

  constructor(
    private readonly root: AnyActorRef,
    private readonly environment: Environment,
    private readonly listener: TapListener = {},
  ) {}

  get attached(): boolean {
    return this.subscription !== undefined
  }

  attach(): void {
    if (this.subscription !== undefined) return
    this.at = this.environment.now()
    this.walk(this.root)
    this.subscription = listen(this.root, (event) => {
      try {
        this.take(event)
      } catch {
        this.faults += 1
      }
    })
  }

  /** What it knew is forgotten: it would be out of date when it is attached again. */
  detach(): void {
    this.subscription?.unsubscribe()
    this.subscription = undefined
    this.handling.length = 0
    this.records.clear()
    this.byNumber.clear()
    this.dirty = []
    this.added = []
    this.removed = []
  }

  pathOf = (actor: number): string | undefined => this.byNumber.get(actor)?.path

  /** No actor is at work between two turns: one that was sent to and had stopped is not waited for. */
  settle(): void {
    this.at = this.environment.now()
    this.handling.length = 0
  }

  /** Forgets an actor that has stopped. */
  forget(record: ActorRecord): void {
    this.records.delete(record.ref)
    this.byNumber.delete(record.actor)
    if (this.listener.keepsBatches !== false) this.removed.push(record.actor)
  }

  private walk(ref: AnyActorRef): void {
    this.recordOf(ref).sinceLooked = true
    const children = snapshotOf(ref)?.children ?? {}
    for (const child of Object.values(children)) if (child !== undefined) this.walk(child)
  }

  private take(event: InspectionEvent): void {
    if (event.type === '@xstate.microstep') this.step(event)
    else if (event.type === '@xstate.event') this.message(event)
    else if (event.type === '@xstate.snapshot') this.snapshot(event)
  }

  private message({ actorRef, sourceRef, event }: Extract<InspectionEvent, { type: '@xstate.event' }>): void {
    const to = this.recordOf(actorRef as AnyActorRef)
    const from = sourceRef === undefined ? this.handling.at(-1) : this.recordOf(sourceRef as AnyActorRef)
    to.from = from?.actor
    // One that is busy takes the message up later.
    if (!this.handling.includes(to) && this.handling.length < DEEPEST) this.handling.push(to)
    if (event.type === 'chunk.deliver') to.calledAt = this.environment.monotonic()
    this.onMessage?.(from, to, event.type, this.environment.now())
  }

  private step(microstep: Extract<InspectionEvent, { type: '@xstate.microstep' }>): void {
    const record = this.recordOf(microstep.actorRef as AnyActorRef)
    const { type } = microstep.event
    const { edges } = this
    edges.length = 0
    let leads = false
    for (const transition of microstep._transitions) {
      const place = record.definition?.places.get(transition) ?? -1
      if (place < 0) continue
      edges.push(place)
      record.visits[place] = (record.visits[place] ?? 0) + 1
      if (transition.target !== undefined && transition.target.length > 0) {
        leads = true
        record.edge = place
        record.event = type
      }
      if (record.definition?.machine.edges[place]?.unexpected === true) noteUnhandled(record, type)
    }
    // A step that stays, of which there are most, takes the time of the last one that was looked up.
    if (leads || edges.length === 0) {
      this.at = this.environment.now()
      record.move(microstep.snapshot as unknown as SnapshotLike, this.at)
    }
    this.steps += 1
    record.stepsSinceBatch += 1
    record.steps.note(this.steps, this.at, type, record.from, edges[0] ?? -1, record.state)
    this.touch(record)
    this.listener.onStep?.(record, type, record.from, edges)
  }

  private snapshot({ actorRef, event, snapshot }: Extract<InspectionEvent, { type: '@xstate.snapshot' }>): void {
    const record = this.recordOf(actorRef as AnyActorRef)
    const { status } = snapshot as unknown as SnapshotLike
    const place = this.handling.lastIndexOf(record)
    if (place >= 0) this.handling.length = place
    if (record.calledAt !== 0 && event.type === 'chunk.deliver') {
      record.durations.record(this.environment.monotonic() - record.calledAt)
      record.calledAt = 0
    }
    if (status === record.status) return
    record.status = status
    record.moved = true
    this.touch(record)
    if (status === 'active') return
    this.listener.onStop?.(record)
    // A batch would have forgotten it.
    if (this.listener.keepsBatches === false && status === 'stopped') this.forget(record)
  }

  private touch(record: ActorRecord): void {
    if (record.dirty || this.listener.keepsBatches === false) return
    record.dirty = true
    this.dirty.push(record)
  }

  private recordOf(ref: AnyActorRef): ActorRecord {
    return this.records.get(ref) ?? this.discover(ref)
  }

  private discover(ref: AnyActorRef): ActorRecord {
    const parent = ref._parent === undefined || ref === this.root ? undefined : this.recordOf(ref._parent)
    const definition = this.definitionFor((ref as AnyActorRef & { readonly logic: AnyActorLogic }).logic)
    const machine = definition?.machine.id ?? ''
    const kind = KINDS[machine] ?? (parent?.kind === 'engine' ? 'part' : 'other')
    this.count += 1
    const path = parent === undefined ? ref.id : `${parent.path}/${ref.id}`
    const record = new ActorRecord(this.count, ref, parent?.actor, path, kind, definition, this.environment.now())
    this.records.set(ref, record)
    this.byNumber.set(record.actor, record)
    if (this.listener.keepsBatches !== false) this.added.push(record)
    this.listener.onSpawn?.(record)
    return record
  }

  /** Undefined for what is no statechart. */
  private definitionFor(logic: AnyActorLogic): Definition | undefined {
    if (!('root' in logic)) return undefined
    const known = this.definitions.get(logic)
    if (known !== undefined) return known
    const definition = definitionOf(logic as unknown as AnyStateMachine)
    this.definitions.set(logic, definition)
    this.machines[definition.machine.id] ??= definition.machine
    return definition
  }
}

/** Through what XState tells its inspectors; not among the types that it publishes. */
interface Teller {
  _sendInspectionEvent?: (event: InspectionEvent) => void
}

/**
 * Listens where XState tells its inspectors, before it copies the news for each of them: the copies
 * cost more than all that is done with them here. Other inspectors hear of everything as ever.
 */
function listen(root: AnyActorRef, take: (event: InspectionEvent) => void): { unsubscribe(): void } {
  const system = root.system as unknown as Teller
  const { _sendInspectionEvent: tell } = system
  if (tell === undefined) return root.system.inspect(take)
  const listening = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.action') take(event)
    tell(event)
  }
  system._sendInspectionEvent = listening
  return {
    unsubscribe() {
      // Another may listen in the same way since: it goes on telling this one, which then hears nothing.
      if (system._sendInspectionEvent === listening) system._sendInspectionEvent = tell
      else take = () => {}
    },
  }
}

function noteUnhandled(record: ActorRecord, type: string): void {
  record.unhandled += 1
  record.unhandledNow ??= new Map()
  const { unhandledNow } = record
  const key = unhandledNow.has(type) || unhandledNow.size < UNHANDLED_TYPES ? type : 'other'
  unhandledNow.set(key, (unhandledNow.get(key) ?? 0) + 1)
}
