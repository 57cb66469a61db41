import type { EventDraft, EventInput } from '../events/draft.js'
import type { OutcryEvent } from '../events/event.js'
import type { RefusalReason, Taken } from '../events/receipt.js'
import type { EventCounts } from '../metrics/book.js'
import { eventOf, symbolOf } from './event-of.js'
import type { IntakePorts } from './intake-ports.js'
import type { Redelivery } from './redelivery.js'

/**
 * The short way in, which most events of most engines take: where neither a journal, nor a limit, nor conflation has a
 * say and there is room, all that is left to decide of a validated draft is whether it is a duplicate.
 *
 * V8 compiles what is called for each event into its caller, but only up to a size, and the function that publishes is
 * the host's own and comes first. So `#take` and `#enter` are called in a way that keeps them for themselves: each is of
 * a size that V8 compiles as one, whatever host calls.
 */
export class PlainIntake {
  /** Why nothing is taken at present; undefined while everything is. */
  closed: RefusalReason | undefined = 'not-running'
  sequence = 0
  /** What an earlier run left behind; undefined where there is none. */
  redelivery: Redelivery | undefined
  /** Neither a journal nor a limit is ever asked, and a type alone says which lane is its own. */
  readonly plain: boolean

  readonly #taking = this.#take
  readonly #entering = this.#enter

  constructor(protected readonly ports: IntakePorts) {
    const { staging, sourceLimits, lanesBySource } = ports
    this.plain = staging === undefined && sourceLimits === undefined && Object.keys(lanesBySource ?? {}).length === 0
  }

  /** Takes a validated draft the short way. Undefined, and nothing has happened, for what has to go the long one. */
  pass(input: EventDraft | EventInput, receivedAt: number): Taken | undefined {
    return Reflect.apply(this.#taking, this, [input, receivedAt])
  }

  #take(input: EventDraft | EventInput, receivedAt: number): Taken | undefined {
    const { types, queue, dedupe, environment, ledger } = this.ports
    if (!this.plain || this.closed !== undefined || this.redelivery !== undefined) return undefined
    if (types.conflates || !queue.hasRoom()) return undefined
    const type = types.trusted(input)
    if (type === undefined) return undefined
    const draft = input as EventDraft
    const id = draft.id ?? environment.id()
    if (dedupe === undefined || dedupe.add(id))
      return Reflect.apply(this.#entering, this, [draft, type.laneIndex, id, receivedAt])
    ledger.duplicate()
    return { status: 'duplicate', id }
  }

  #enter(draft: EventDraft, lane: number, id: string, receivedAt: number): OutcryEvent {
    const { symbols, queue, source } = this.ports
    const symbol = symbolOf(draft)
    const entry = symbols.get(symbol ?? draft.definition.type)
    const event = eventOf(draft, symbol, entry, id, this.sequence + 1, 0, receivedAt, source)
    queue.place(event, lane, entry.partition)
    return this.accepted(event, this.ports.ledger)
  }

  /** An event has its number and its place: it is counted, and told of. */
  protected accepted(event: OutcryEvent, ledger: EventCounts): OutcryEvent {
    this.sequence += 1
    ledger.accepted()
    this.ports.audit.accepted(event)
    this.ports.onAccepted(event)
    return event
  }
}
