import type { Environment, Timer } from '../environment/environment.js'
import type { OutcryEvent } from '../events/event.js'
import { TokenBucket } from '../limits/token-bucket.js'
import type { DeadLetter } from './letter.js'
import type { DeadLetterFilter } from './options.js'
import type { DeadLetterStore } from './store.js'

/**
 * Delivers an event to one strategy again, past dedupe. It settles when the delivery is taken over;
 * if it throws or rejects, the letter is put back. What fails once more enters as a new letter.
 */
export type Redeliver = (strategy: string, event: OutcryEvent, letter: DeadLetter) => Promise<void> | void

export interface RedriveRequest {
  readonly filter: DeadLetterFilter
  /** Letters at most; may be Infinity. */
  readonly limit: number
}

export interface RedriveSummary {
  /** Handed over. */
  readonly redriven: number
  /** Put back, as the delivery was refused. */
  readonly failed: number
  /** Of those redriven: handed over, but not confirmed within the timeout. */
  readonly unconfirmed: number
  /** True if it was stopped before its end. */
  readonly stopped: boolean
}

export const NOTHING_REDRIVEN: RedriveSummary = { redriven: 0, failed: 0, unconfirmed: 0, stopped: false }

/** Letters taken out of the store at a time. */
const BATCH = 64

/** Sends letters out again, one after another in the order they entered, at a bounded rate. */
export class Redriver {
  readonly #environment: Environment
  readonly #store: DeadLetterStore
  readonly #redeliver: Redeliver
  readonly #bucket: TokenBucket

  constructor(environment: Environment, store: DeadLetterStore, redeliver: Redeliver) {
    const { ratePerSecond, burst } = store.limits.redrive
    this.#environment = environment
    this.#store = store
    this.#redeliver = redeliver
    // On the machine's clock: over recorded data the run's clock stands still between two events.
    this.#bucket = new TokenBucket(ratePerSecond, burst, environment.monotonic())
  }

  /** Runs one request to its end or until `signal` is aborted. Never rejects. */
  async run(request: RedriveRequest, signal: AbortSignal): Promise<RedriveSummary> {
    // Letters that enter from now on are not for this run: an event that fails again would go round for ever.
    const upTo = this.#store.lastOrder
    let redriven = 0
    let failed = 0
    let unconfirmed = 0
    let after = 0
    while (!signal.aborted) {
      await this.#token(signal)
      if (signal.aborted) break
      const tokens = this.#bucket.available(this.#environment.monotonic())
      const limit = Math.min(request.limit - redriven - failed, tokens, BATCH)
      const letters = limit < 1 ? [] : this.#store.takeForRedrive(request.filter, limit, { after, upTo })
      if (letters.length === 0) return { redriven, failed, unconfirmed, stopped: false }
      for (const letter of letters) {
        if (signal.aborted) {
          this.#store.putBack(letter)
          continue
        }
        this.#bucket.take()
        after = letter.order
        const outcome = await this.#deliver(letter, signal)
        if (outcome === 'refused') this.#store.putBack(letter)
        // Whoever delivers may have put it back already, before it could answer; and on a full shelf what is put
        // back as the oldest gives way at once.
        if (letter.fate !== 'redriven') failed += 1
        else {
          redriven += 1
          if (outcome === 'unconfirmed') unconfirmed += 1
        }
      }
    }
    return { redriven, failed, unconfirmed, stopped: true }
  }

  async #deliver(letter: DeadLetter, signal: AbortSignal): Promise<'delivered' | 'refused' | 'unconfirmed'> {
    const { event, strategy } = letter
    if (event === undefined || strategy === undefined) return 'refused'
    try {
      const pending = this.#redeliver(strategy, event, letter)
      if (pending === undefined) return 'delivered'
      const delivered = Promise.resolve(pending).then(() => 'delivered' as const)
      return await this.#orTimeout(delivered, this.#store.limits.redrive.timeoutMs, signal)
    } catch {
      return 'refused'
    }
  }

  /** A delivery that neither succeeds nor fails counts as handed over: sending it twice would be worse. */
  #orTimeout<T>(promise: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T | 'unconfirmed'> {
    return new Promise((resolve, reject) => {
      const stop = this.#watch(() => resolve('unconfirmed'), timeoutMs, signal)
      promise.then(resolve, reject).finally(stop)
    })
  }

  async #token(signal: AbortSignal): Promise<void> {
    for (;;) {
      const waitMs = this.#bucket.waitMs(this.#environment.monotonic())
      if (waitMs <= 0 || signal.aborted) return
      await new Promise<void>((resolve) => {
        this.#watch(resolve, Math.ceil(waitMs), signal)
      })
    }
  }

  /** A timer that also ends when the signal is aborted, and leaves no listener behind; returns what ends it. */
  #watch(callback: () => void, delayMs: number, signal: AbortSignal): () => void {
    const end = (): void => {
      this.#environment.unwatch(timer)
      signal.removeEventListener('abort', aborted)
    }
    const aborted = (): void => {
      end()
      callback()
    }
    const timer: Timer = this.#environment.watch(() => {
      end()
      callback()
    }, delayMs)
    signal.addEventListener('abort', aborted)
    if (signal.aborted) aborted()
    return end
  }
}
