import type { Environment } from '../environment/environment.js'
import type { OutcryEvent } from '../events/event.js'
import type { DeadLetterLedger } from '../metrics/ledger.js'
import { DeadLetter, type DeadLetterEntry, type DeadLetterFate, describeError, type LetterError } from './letter.js'
import {
  checkFilter,
  checkPage,
  type DeadLetterFilter,
  type DeadLetterLimits,
  type DeadLetterOptions,
  type DeadLetterPage,
  deadLetterLimits,
  matches,
} from './options.js'
import { estimateBytes } from './size.js'

export interface DeadLetterStoreSettings {
  readonly environment: Environment
  readonly options?: DeadLetterOptions | undefined
  /** The engine's own counts; default fresh ones. */
  readonly ledger?: DeadLetterLedger | undefined
  /** Told when evictions reach 1, 10, 100 and so on: often enough to be seen, too seldom to flood a log. */
  readonly onEvicted?: ((evicted: number) => void) | undefined
  /** A letter is held, be it for the first time or again. */
  readonly onEntered?: ((letter: DeadLetter) => void) | undefined
  /** A letter is held no longer. */
  readonly onLeft?: ((letter: DeadLetter) => void) | undefined
  /** Told of what `onEvicted` throws. */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/** A letter in its place: a doubly linked list, oldest first. */
class Link {
  before: Link | undefined
  after: Link | undefined
  constructor(readonly letter: DeadLetter) {}
}

/** Hysteresis: once full it counts as full until this share of both bounds is free again. */
const FREE_SHARE = 0.1

/**
 * The dead letters: bounded by count and by bytes. The oldest gives way to the newest; every letter
 * that ever entered has exactly one fate, so `entered = held + redriven + discarded + evicted`.
 *
 * A list and not the insertion order of a Map: taking the oldest from a Map again and again walks
 * over every hole that was left before.
 */
export class DeadLetterStore {
  readonly limits: DeadLetterLimits
  readonly ledger: DeadLetterLedger
  readonly #settings: DeadLetterStoreSettings
  readonly #index = new Map<string, Link>()
  #oldest: Link | undefined
  #newest: Link | undefined
  #bytes = 0
  #full = false
  #order = 0
  #announceAt = 1
  #faults = 0
  #lastError: unknown
  #lastDescription: LetterError | undefined

  /** @throws {OutcryError} OUTCRY_OPTION_INVALID for limits out of range. */
  constructor(settings: DeadLetterStoreSettings) {
    this.#settings = settings
    this.limits = deadLetterLimits(settings.options)
    this.ledger = settings.ledger ?? { entered: 0, held: 0, redriven: 0, discarded: 0, evicted: 0 }
  }

  get held(): number {
    return this.#index.size
  }

  /** Estimated bytes held. */
  get bytes(): number {
    return this.#bytes
  }

  /** It had to evict, or the next letter will; until there is some room again. */
  get full(): boolean {
    return this.#full
  }

  /** Listeners that threw. */
  get faults(): number {
    return this.#faults
  }

  /** The number of the last letter that entered. */
  get lastOrder(): number {
    return this.#order
  }

  add(entry: DeadLetterEntry): DeadLetter {
    const { event, strategy, reason, error } = entry
    const { environment } = this.#settings
    this.#order += 1
    const description = this.#describe(error)
    const letter = new DeadLetter(
      environment.id(),
      this.#order,
      event,
      strategy,
      reason,
      description,
      entry.attempts ?? (strategy === undefined ? 0 : 1),
      entry.at ?? environment.now(),
      bytesOf(event, description),
    )
    this.ledger.entered += 1
    this.ledger.held += 1
    this.#insert(letter)
    this.#evict()
    return letter
  }

  /** Takes in letters that an earlier run held, in order. They count as entered. */
  restore(letters: readonly Omit<LetterFields, 'bytes'>[]): void {
    for (const { id, event, strategy, reason, error, attempts, at, returns } of letters) {
      this.#order += 1
      const bytes = bytesOf(event, error)
      const letter = new DeadLetter(id, this.#order, event, strategy, reason, error, attempts, at, bytes)
      letter.returns = returns
      this.ledger.entered += 1
      this.ledger.held += 1
      this.#insert(letter)
    }
    this.#evict()
  }

  get(id: string): DeadLetter | undefined {
    return this.#index.get(id)?.letter
  }

  /** @throws {OutcryError} OUTCRY_OPTION_INVALID for a filter or page that cannot be meant. */
  list(filter: DeadLetterFilter = {}, page: DeadLetterPage = {}): readonly DeadLetter[] {
    const wanted = checkFilter(filter)
    const { offset, limit, first } = checkPage(page)
    const found: DeadLetter[] = []
    let passed = 0
    let link = first === 'oldest' ? this.#oldest : this.#newest
    while (link !== undefined && found.length < limit) {
      if (matches(wanted, link.letter)) {
        if (passed < offset) passed += 1
        else found.push(link.letter)
      }
      link = first === 'oldest' ? link.after : link.before
    }
    return found
  }

  /** @throws {OutcryError} OUTCRY_OPTION_INVALID for a filter that cannot be meant. */
  count(filter: DeadLetterFilter = {}): number {
    const wanted = checkFilter(filter)
    let count = 0
    for (let link = this.#oldest; link !== undefined; link = link.after) if (matches(wanted, link.letter)) count += 1
    return count
  }

  /**
   * Drops one letter by its id, or all that match. Returns how many.
   *
   * @throws {OutcryError} OUTCRY_OPTION_INVALID for a filter that cannot be meant.
   */
  discard(which: string | DeadLetterFilter): number {
    if (typeof which === 'string') {
      const link = this.#index.get(which)
      if (link === undefined) return 0
      this.#remove(link, 'discarded')
      return 1
    }
    const wanted = checkFilter(which)
    let count = 0
    for (let link = this.#oldest; link !== undefined; ) {
      const next: Link | undefined = link.after
      if (matches(wanted, link.letter)) {
        this.#remove(link, 'discarded')
        count += 1
      }
      link = next
    }
    return count
  }

  /**
   * Takes letters out to be sent to their strategies again, oldest first. A letter is taken once:
   * whoever asks again, or at the same time, does not get it, unless it was put back. Letters that
   * name no strategy or no event have nowhere to go and stay.
   *
   * @param range letters whose `order` is above `after` and up to `upTo`: lets a redrive go through
   *   in batches without meeting again what failed on its way.
   * @throws {OutcryError} OUTCRY_OPTION_INVALID for a filter that cannot be meant.
   */
  takeForRedrive(
    filter: DeadLetterFilter,
    limit: number,
    range: { readonly after?: number; readonly upTo?: number } = {},
  ): readonly DeadLetter[] {
    const wanted = checkFilter(filter)
    const { after = 0, upTo = Number.POSITIVE_INFINITY } = range
    const taken: DeadLetter[] = []
    for (let link = this.#oldest; link !== undefined && taken.length < limit; ) {
      const next: Link | undefined = link.after
      const { letter } = link
      if (letter.order > upTo) break
      if (letter.order > after && isRedrivable(letter) && matches(wanted, letter)) {
        this.#remove(link, 'redriven')
        taken.push(letter)
      }
      link = next
    }
    return taken
  }

  /** Takes a letter back that could not be delivered, in its old place. False if it was not out. */
  putBack(letter: DeadLetter): boolean {
    if (letter.fate !== 'redriven') return false
    letter.fate = 'held'
    letter.returns += 1
    this.ledger.redriven -= 1
    this.ledger.held += 1
    this.#insert(letter)
    this.#evict()
    return true
  }

  /** Appends, or for a letter that returns, walks from the oldest end, where its place is near. */
  #insert(letter: DeadLetter): void {
    const link = new Link(letter)
    let after: Link | undefined
    if (this.#newest !== undefined && this.#newest.letter.order > letter.order) {
      after = this.#oldest
      while (after !== undefined && after.letter.order < letter.order) after = after.after
    }
    const before = after === undefined ? this.#newest : after.before
    link.before = before
    link.after = after
    if (before === undefined) this.#oldest = link
    else before.after = link
    if (after === undefined) this.#newest = link
    else after.before = link
    this.#index.set(letter.id, link)
    this.#bytes += letter.bytes
    this.#settings.onEntered?.(letter)
  }

  #remove(link: Link, fate: Exclude<DeadLetterFate, 'held'>): void {
    const { before, after, letter } = link
    if (before === undefined) this.#oldest = after
    else before.after = after
    if (after === undefined) this.#newest = before
    else after.before = before
    this.#index.delete(letter.id)
    this.#bytes -= letter.bytes
    letter.fate = fate
    this.#settings.onLeft?.(letter)
    this.ledger.held -= 1
    this.ledger[fate] += 1
    const { maxCount, maxBytes } = this.limits
    const share = 1 - FREE_SHARE
    if (fate !== 'evicted' && this.held <= maxCount * share && this.#bytes <= maxBytes * share) this.#full = false
  }

  #evict(): void {
    const { maxCount, maxBytes } = this.limits
    while (this.#oldest !== undefined && (this.held > maxCount || this.#bytes > maxBytes)) {
      this.#remove(this.#oldest, 'evicted')
      this.#full = true
      this.#announce()
    }
    if (this.held >= maxCount) this.#full = true
    // One letter alone may be larger than the whole bound: then it is gone and the store is empty.
    if (this.held === 0) this.#full = false
  }

  #announce(): void {
    if (this.ledger.evicted < this.#announceAt) return
    this.#announceAt *= 10
    try {
      this.#settings.onEvicted?.(this.ledger.evicted)
    } catch (error) {
      this.#fault(error)
    }
  }

  #fault(error: unknown): void {
    this.#faults += 1
    try {
      this.#settings.onFault?.(error)
    } catch {
      // Whoever reports faults may be at fault itself; it is in the count.
      this.#faults += 1
    }
  }

  /** One error often fails many events in a row, and reading a stack costs more than all the rest. */
  #describe(error: unknown): LetterError {
    if (this.#lastDescription === undefined || error !== this.#lastError) {
      this.#lastDescription = describeError(error)
      this.#lastError = error
    }
    return this.#lastDescription
  }
}

type LetterFields = Pick<
  DeadLetter,
  'id' | 'event' | 'strategy' | 'reason' | 'error' | 'attempts' | 'at' | 'returns' | 'bytes'
>

const bytesOf = (event: OutcryEvent | undefined, { message, stack }: LetterError): number =>
  estimateBytes(event) + message.length + stack.join('').length

const isRedrivable = (letter: DeadLetter): boolean => letter.event !== undefined && letter.strategy !== undefined
