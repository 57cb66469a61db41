import {
  type AuditListener,
  Digest,
  type DispatchOutcome,
  type DispatchRecord,
  type Engine,
  type OutcryEvent,
} from 'outcry'

/** Where two runs of one seed parted: the number of the entry, and what each had there. */
export interface Divergence {
  readonly entry: number
  readonly first: string
  readonly second: string
}

/** Writes down what happens, in the form that the inspector opens: `startRecording` of `outcry/inspector`. */
export interface TraceFollower {
  /** An engine is made, or made anew, and about to start. */
  attach(engine: Engine): void
  note(text: string): void
}

/**
 * All that happened in a run, as a rolling hash: accepted events, dispatch records, outcomes,
 * transitions of the engine, and what the world did. Two runs of one seed have one trace.
 */
export class Trace implements AuditListener {
  private readonly digest = new Digest()
  private readonly hashes: string[] = []
  entries = 0

  /**
   * @param follower Writes all of it down, the actors' transitions included.
   * @param keep Keeps the hash after every entry, so that another run can be compared with it.
   */
  constructor(
    private readonly follower?: TraceFollower,
    private readonly keep = false,
  ) {}

  /** Another engine of this run. */
  attach(engine: Engine): void {
    this.follower?.attach(engine)
  }

  hex(): string {
    return this.digest.hex()
  }

  accepted(event: OutcryEvent): void {
    const { digest } = this
    digest.integer(event.sequence)
    digest.string(event.type)
    digest.string(event.id)
    digest.number(event.timestamp)
    digest.number(event.receivedAt)
    if (event.symbol !== undefined) digest.string(event.symbol)
    digest.integer(event.marks)
    if (event.type === 'signal') digest.string(JSON.stringify(event.payload))
    this.end()
  }

  conflated(older: OutcryEvent, newer: OutcryEvent): void {
    this.digest.integer(older.sequence)
    this.digest.integer(newer.sequence)
    this.end()
  }

  dispatched(record: DispatchRecord): void {
    const { digest } = this
    digest.integer(record.chunk)
    digest.string(record.lane)
    digest.number(record.clock)
    digest.integer(record.events.length)
    for (const event of record.events) digest.integer(event.sequence)
    for (const outcome of record.outcomes) this.take(outcome)
    this.end()
  }

  outcome(chunk: number, outcome: DispatchOutcome): void {
    this.digest.integer(chunk)
    this.take(outcome)
    this.end()
  }

  /** Anything else that must be equal in two runs. */
  note(text: string): void {
    this.digest.string(text)
    this.end()
    this.follower?.note(text)
  }

  /** What the run is told of and does not depend on. */
  remark(text: string): void {
    this.follower?.note(text)
  }

  /** The first entry at which this run's trace is not another's. */
  differsFrom(other: Trace): Divergence | undefined {
    const most = Math.max(this.hashes.length, other.hashes.length)
    for (let entry = 0; entry < most; entry++) {
      const first = this.hashes[entry] ?? 'nothing'
      const second = other.hashes[entry] ?? 'nothing'
      if (first !== second) return { entry: entry + 1, first, second }
    }
    return undefined
  }

  private take(outcome: DispatchOutcome): void {
    const { digest } = this
    digest.string(outcome.strategy)
    digest.integer(outcome.succeeded)
    digest.integer(outcome.failed)
    digest.integer(outcome.skipped)
    digest.integer(outcome.abandoned)
    for (const sequence of outcome.failedSequences) digest.integer(sequence)
  }

  private end(): void {
    this.entries += 1
    if (this.keep) this.hashes.push(this.digest.hex())
  }
}
