import type { AuditListener, DispatchOutcome, DispatchRecord, Engine } from 'outcry'
import { portOf } from 'outcry/actors'
import type { AnyActorRef } from 'xstate'
import type { ActorRecord } from '../collect/actor-record.js'
import { Tap } from '../collect/tap.js'
import { packageVersion } from '../version.js'
import {
  type AcceptedEvent,
  acceptedOf,
  outcomeOf,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceEnd,
  type TraceHeader,
  type TraceLine,
  type WrittenEntry,
} from './format.js'

/** Characters written at most. Default 512 Mi: some three million entries. */
const MAX_CHARACTERS = 536_870_912

export interface RecorderOptions {
  /** Gets the text of the file piece by piece, each a whole line. */
  readonly write: (line: string) => void
  readonly title: string
  readonly seed?: number
  /** Entries beyond so many characters are counted and not written. */
  readonly maxCharacters?: number
}

/**
 * Writes down what happens in an engine: the dispatch-record trace, and every actor's transitions
 * where they happened. Engines may follow one another, as in a simulation that restarts; each is
 * attached before it starts, and actors keep different numbers.
 */
export class RunRecorder implements AuditListener {
  /** Entries written. */
  entries = 0
  /** Entries that found no room. */
  leftOut = 0
  private characters = 0
  private actors = 0
  private readonly numbers = new WeakMap<ActorRecord, number>()
  private readonly machines = new Set<string>()
  private now: () => number = () => 0
  private begun = false
  private detachLast: (() => void) | undefined

  constructor(private readonly options: RecorderOptions) {}

  /** Follows an engine from now on; what it gives back ends that. */
  attach(engine: Engine): () => void {
    this.detachLast?.()
    const { plane, root } = portOf(engine)
    const { environment } = plane
    this.now = () => environment.now()
    this.begin(environment.kind !== 'system')
    const tap = new Tap(root as AnyActorRef, environment, {
      onSpawn: (record) => this.spawned(record, tap),
      onStep: (record, event, from, edges) => this.step(record, event, from, edges, tap),
      onStop: (record) => this.put({ kind: 'stopped', clock: this.now(), actor: this.numberOf(record) }),
      keepsBatches: false,
    })
    const unheard = plane.audit.add(this)
    tap.attach()
    const detach = (): void => {
      unheard()
      tap.detach()
      this.detachLast = undefined
    }
    this.detachLast = detach
    return detach
  }

  accepted(event: AcceptedEvent): void {
    this.put({ kind: 'accepted', clock: this.now(), event: acceptedOf(event) })
  }

  conflated(older: AcceptedEvent, newer: AcceptedEvent): void {
    this.note(`event ${newer.sequence} takes the place of ${older.sequence}`)
  }

  dispatched({ chunk, lane, clock, events, outcomes }: DispatchRecord): void {
    const sequences = events.map(({ sequence }) => sequence)
    this.put({ kind: 'dispatched', clock, chunk, lane, sequences, outcomes: outcomes.map(outcomeOf) })
  }

  outcome(chunk: number, outcome: DispatchOutcome): void {
    this.put({ kind: 'outcome', clock: this.now(), chunk, outcome: outcomeOf(outcome) })
  }

  /** Anything else that happened. */
  note(text: string): void {
    this.put({ kind: 'note', clock: this.now(), text })
  }

  /** Writes the last line. */
  end(digest?: string): void {
    this.detachLast?.()
    this.begin(true)
    const end: TraceEnd = { kind: 'end', leftOut: this.leftOut, ...(digest === undefined ? {} : { digest }) }
    this.options.write(`${JSON.stringify(end)}\n`)
  }

  private begin(repeatable: boolean): void {
    if (this.begun) return
    this.begun = true
    const { title, seed } = this.options
    const header: TraceHeader = {
      format: TRACE_FORMAT,
      version: TRACE_VERSION,
      package: packageVersion,
      title,
      ...(seed === undefined ? {} : { seed }),
      startedAt: this.now(),
      repeatable,
    }
    this.options.write(`${JSON.stringify(header)}\n`)
  }

  private spawned(record: ActorRecord, tap: Tap): void {
    this.actors += 1
    this.numbers.set(record, this.actors)
    const machine = record.definition?.machine
    if (machine !== undefined && !this.machines.has(machine.id)) {
      this.machines.add(machine.id)
      this.line({ kind: 'machine', machine })
    }
    const parent = record.parent === undefined ? undefined : tap.byNumber.get(record.parent)
    this.put({
      kind: 'spawned',
      clock: this.now(),
      actor: this.actors,
      path: record.path,
      parent: parent === undefined ? undefined : this.numberOf(parent),
      machine: machine?.id,
      state: record.state,
    })
  }

  private step(record: ActorRecord, event: string, from: number | undefined, edges: readonly number[], tap: Tap): void {
    const sender = from === undefined ? undefined : tap.byNumber.get(from)
    this.put({
      kind: 'step',
      clock: this.now(),
      actor: this.numberOf(record),
      event,
      from: sender === undefined ? undefined : this.numberOf(sender),
      edges,
      state: record.state,
    })
  }

  private numberOf(record: ActorRecord): number {
    return this.numbers.get(record) ?? 0
  }

  private put(entry: WrittenEntry): void {
    if (this.line(entry)) this.entries += 1
    else this.leftOut += 1
  }

  private line(line: TraceLine): boolean {
    const { maxCharacters = MAX_CHARACTERS, write } = this.options
    if (this.characters >= maxCharacters) return false
    const text = `${JSON.stringify(line)}\n`
    this.characters += text.length
    write(text)
    return true
  }
}
