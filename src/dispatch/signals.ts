import { EventDraft } from '../events/draft.js'
import type { OutcryEvent } from '../events/event.js'
import type { Receipt } from '../events/receipt.js'
import type { MarksOf } from '../events/stale.js'
import { Digest } from '../metrics/digest.js'
import type { Answer } from './delivery.js'

/** What an id answers is hashed if longer: a chain of signals about signals must not grow its ids for ever. */
const MAX_KEY_LENGTH = 160

/**
 * Turns a strategy's answers into signal events. An id is made of the strategy, the cause and the
 * answer's place among those to the same cause, so that a repeat is recognised as a duplicate. An
 * answer about an event from before names the event that brought it about as well: a strategy may
 * come back to one piece of news again and again, and none of that is a repeat.
 */
export class Signals {
  /** Signals accepted since the start. */
  accepted = 0

  constructor(
    private readonly offer: (draft: EventDraft, marks: number) => Receipt,
    private readonly onRefused: (strategy: string, receipt: Receipt) => void,
    private readonly marksOf: MarksOf,
  ) {}

  /**
   * Publishes the answers of one strategy in order. `occasion` names what they answer where no event caused
   * them, and `inherited` are the marks that they have from it.
   */
  publish(strategy: string, answers: readonly Answer[], occasion = '', inherited = 0): void {
    const ordinals = new Map<string, number>()
    let hint = 0
    for (const { draft, among } of answers) {
      hint = causeIndex(draft.causationId, among, hint)
      const cause = among[hint]
      const trigger = cause ?? among[among.length - 1]
      const key = answered(draft.causationId ?? cause?.id, cause?.id ?? trigger?.id ?? occasion)
      const ordinal = (ordinals.get(key) ?? -1) + 1
      ordinals.set(key, ordinal)
      const marks = trigger === undefined ? inherited : this.marksOf(trigger)
      const receipt = this.offer(signalDraft(strategy, draft, key, ordinal, cause, trigger), marks)
      if (receipt.status === 'accepted') this.accepted += 1
      else if (receipt.status !== 'duplicate') this.onRefused(strategy, receipt)
    }
  }
}

/**
 * Where the cause stands among the events of the call: the last where none is named, -1 where it is
 * not among them. The search begins at the last answer's cause, as answers come in order.
 */
export function causeIndex(id: string | undefined, among: readonly OutcryEvent[], hint: number): number {
  if (id === undefined) return among.length - 1
  const start = hint >= 0 && hint < among.length ? hint : 0
  for (let step = 0; step < among.length; step++) {
    const index = (start + step) % among.length
    if (among[index]?.id === id) return index
  }
  return -1
}

/** What an answer is to: its cause, and what brought it about where that was something else. */
const answered = (cause: string | undefined, occasion: string): string =>
  cause === undefined || cause === occasion ? occasion : `${cause}+${occasion}`

function signalDraft(
  strategy: string,
  draft: Answer['draft'],
  key: string,
  ordinal: number,
  cause: OutcryEvent | undefined,
  trigger: OutcryEvent | undefined,
): EventDraft {
  const brief = key.length <= MAX_KEY_LENGTH ? key : hashed(key)
  return new EventDraft<string, unknown>(
    draft.definition as unknown as EventDraft['definition'],
    `${strategy}/${ordinal}@${brief}`,
    draft.timestamp ?? trigger?.timestamp,
    strategy,
    draft.symbol,
    draft.symbols,
    draft.payload,
    draft.correlationId ?? cause?.correlationId ?? cause?.id,
    draft.causationId ?? cause?.id ?? (key === '' ? undefined : key),
  )
}

function hashed(text: string): string {
  const digest = new Digest()
  digest.string(text)
  return digest.hex()
}
