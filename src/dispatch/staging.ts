import type { OutcryEvent } from '../events/event.js'
import type { Receipt } from '../events/receipt.js'

/** Told of the receipt of an event whose fate was not known at once. */
export type Decided = (receipt: Receipt) => void

/** An event that has its number, and is not in the queue before it is durable. */
export class StagedEvent {
  constructor(
    readonly event: OutcryEvent,
    readonly lane: number,
    readonly partition: number,
    readonly conflated: boolean,
    /** Undefined: it was answered as accepted already. */
    readonly decided: Decided | undefined,
  ) {}
}

/**
 * Events between their acceptance and their durability, in order of sequence. What waits is taken by
 * the journal as a whole, and goes on into the queue when that batch is on the disk: so an event can
 * be leased only once it is durable, and a publisher hears of its receipt only then.
 */
export class Staging {
  /** New events are refused at once, as the journal takes nothing. */
  refusing = false
  /** New events go straight on into the queue, as nobody waits for the journal. */
  bypassed = false
  #waiting: StagedEvent[] = []
  #flying: readonly StagedEvent[] = []

  constructor(private readonly onStaged: () => void) {}

  /** Events that are not durable. */
  get size(): number {
    return this.#waiting.length + this.#flying.length
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Of those, the ones whose publishers have no receipt. */
  get undecided(): number {
    let count = 0
    for (const list of [this.#flying, this.#waiting])
      for (const { decided } of list) if (decided !== undefined) count += 1
    return count
  }

  stage(staged: StagedEvent): void {
    this.#waiting.push(staged)
    this.onStaged()
  }

  /** Takes all that waits, to be written together. */
  take(): readonly OutcryEvent[] {
    this.#flying = this.#waiting
    this.#waiting = []
    return this.#flying.map(({ event }) => event)
  }

  /** What was taken is durable. */
  landed(): readonly StagedEvent[] {
    const flying = this.#flying
    this.#flying = []
    return flying
  }

  /** What was taken could not be written: it waits again, before all that came after it. */
  back(): void {
    this.#waiting = [...this.#flying, ...this.#waiting]
    this.#flying = []
  }

  /** Takes out what waits and has no receipt yet, where it is among the `wanted`; what was answered already stays. */
  takeUndecided(wanted: (event: OutcryEvent) => boolean = () => true): readonly StagedEvent[] {
    const undecided = this.#waiting.filter(({ decided, event }) => decided !== undefined && wanted(event))
    if (undecided.length > 0) {
      const gone = new Set(undecided)
      this.#waiting = this.#waiting.filter((staged) => !gone.has(staged))
    }
    return undecided
  }

  /** Takes out everything, what is being written too: nobody will hear how that ends. */
  takeAll(): readonly StagedEvent[] {
    const all = [...this.#flying, ...this.#waiting]
    this.#flying = []
    this.#waiting = []
    return all
  }

  /** Takes out all that waits. */
  takeWaiting(): readonly StagedEvent[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }
}
