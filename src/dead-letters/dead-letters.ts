import { OutcryError } from '../errors.js'
import type { DeadLetterLedger } from '../metrics/ledger.js'
import type { DeadLetterFact, DeadLetterLevel, DeadLetterPort } from './facts.js'
import type { DeadLetter, DeadLetterEntry } from './letter.js'
import { checkFilter, checkLimit, type DeadLetterFilter, type DeadLetterPage } from './options.js'
import { NOTHING_REDRIVEN, type Redeliver, type RedriveRequest, Redriver, type RedriveSummary } from './redriver.js'
import { DeadLetterStore, type DeadLetterStoreSettings } from './store.js'

export interface DeadLettersSettings extends DeadLetterStoreSettings {
  readonly redeliver: Redeliver
  /** Told of an event that the actor's state has no answer to. */
  readonly onUnexpected?: ((actor: string, event: string) => void) | undefined
}

interface PendingRedrive {
  readonly request: RedriveRequest
  readonly resolve: (summary: RedriveSummary) => void
}

/**
 * The dead letters of one engine, as its other parts hold them: plain calls that keep the store, and
 * one fact to the machine where the level has changed.
 */
export class DeadLetters implements DeadLetterPort {
  readonly store: DeadLetterStore
  readonly #redriver: Redriver
  readonly #onUnexpected: DeadLettersSettings['onUnexpected']
  #send: ((fact: DeadLetterFact) => void) | undefined
  #told = 'empty'
  #pending: PendingRedrive | undefined
  #running = false

  /** @throws {OutcryError} OUTCRY_OPTION_INVALID for limits out of range. */
  constructor(settings: DeadLettersSettings) {
    this.store = new DeadLetterStore(settings)
    this.#onUnexpected = settings.onUnexpected
    this.#redriver = new Redriver(settings.environment, this.store, settings.redeliver)
  }

  get level(): DeadLetterLevel {
    return { held: this.store.held, full: this.store.full }
  }

  get ledger(): Readonly<DeadLetterLedger> {
    return this.store.ledger
  }

  /** Takes a chunk's failures in. They are kept whatever the machine does, closed included. */
  enter(entries: readonly DeadLetterEntry[]): readonly DeadLetter[] {
    const letters = entries.map((entry) => this.store.add(entry))
    this.#report()
    return letters
  }

  list(filter?: DeadLetterFilter, page?: DeadLetterPage): readonly DeadLetter[] {
    return this.store.list(filter, page)
  }

  get(id: string): DeadLetter | undefined {
    return this.store.get(id)
  }

  discard(which: string | DeadLetterFilter): number {
    const count = this.store.discard(which)
    this.#report()
    return count
  }

  /**
   * Sends letters to the strategies that failed on them, at a bounded rate. A letter goes out once,
   * however often this is asked; letters that enter meanwhile, its own failures among them, are not
   * taken.
   *
   * @throws {OutcryError} OUTCRY_OPTION_INVALID for a filter or limit that cannot be meant;
   *   OUTCRY_ENGINE_STATE if another redrive is running, or the dead letters are not open.
   */
  async redrive(
    filter: DeadLetterFilter = {},
    options: { readonly limit?: number | undefined } = {},
  ): Promise<RedriveSummary> {
    const request = { filter: checkFilter(filter), limit: checkLimit(options) }
    const send = this.#send
    if (send === undefined) throw new OutcryError('OUTCRY_ENGINE_STATE', 'The dead letters are closed: no redrive.')
    if (this.#pending !== undefined) {
      throw new OutcryError('OUTCRY_ENGINE_STATE', 'Another redrive is running: wait for it, then ask again.')
    }
    // The store may have been filled past this face: then the machine is behind.
    this.#report()
    if (this.store.held === 0) return NOTHING_REDRIVEN
    return new Promise((resolve) => {
      this.#pending = { request, resolve }
      send({ type: 'letters.redrive', limit: request.limit })
    })
  }

  /** Stops a redrive and ends the actor. The letters stay readable. */
  close(): void {
    this.#send?.({ type: 'letters.close' })
  }

  attach(send: (fact: DeadLetterFact) => void): () => void {
    this.#send = send
    // The machine read the level when it was made, and letters may have entered since.
    this.#told = nameOf(this.level)
    send({ type: 'letters.counted', ...this.level })
    return () => {
      if (this.#send !== send) return
      this.#send = undefined
      // A redrive that runs is stopped by its own end of the actor, and then says how far it came.
      if (!this.#running) this.#finish({ ...NOTHING_REDRIVEN, stopped: true })
    }
  }

  beginRedrive(): () => void {
    const pending = this.#pending
    const controller = new AbortController()
    if (pending === undefined || this.#running) return () => {}
    this.#running = true
    void this.#redriver.run(pending.request, controller.signal).then((summary) => {
      const { redriven, failed } = summary
      this.#running = false
      this.#told = nameOf(this.level)
      this.#send?.({ type: 'redrive.finished', redriven, failed, ...this.level })
      this.#finish(summary)
    })
    return () => controller.abort()
  }

  unanswered(actor: string, event: string): void {
    this.#onUnexpected?.(actor, event)
  }

  #finish(summary: RedriveSummary): void {
    const pending = this.#pending
    this.#pending = undefined
    pending?.resolve(summary)
  }

  /** A machine is told of what a snapshot can show, and it shows no counts. */
  #report(): void {
    const name = nameOf(this.level)
    if (name === this.#told || this.#send === undefined) return
    this.#told = name
    this.#send({ type: 'letters.counted', ...this.level })
  }
}

const nameOf = ({ held, full }: DeadLetterLevel): string => (held === 0 ? 'empty' : full ? 'full' : 'holding')
