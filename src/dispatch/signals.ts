import { EventDraft } from '../events/draft.js'
import { MARK_LATE, MARK_REPLAYED, type OutcryEvent } from '../events/event.js'
import type { Receipt } from '../events/receipt.js'
import { Digest } from '../metrics/digest.js'
import type { Answer } from './delivery.js'

/** A cause's id longer than this is hashed: a chain of signals about signals must not grow its ids for ever. */
const MAX_CAUSE_LENGTH = 160

/**
 * Turns a strategy's answers into signal events. An id is made of the strategy, the cause and the
 * answer's place among those to the same cause, so that a repeat is recognised as a duplicate.
 */
export class Signals {
  /** Signals accepted since the start. */
  accepted = 0

  constructor(
    private readonly offer: (draft: EventDraft, marks: number) => Receipt,
    private readonly onRefused: (strategy: string, receipt: Receipt) => void,
  ) {}

  /** Publishes the answers of one strategy in order. `occasion` names what they answer where no event caused them. */
  publish(strategy: string, answers: readonly Answer[], occasion = ''): void {
    const ordinals = new Map<string, number>()
    let hint = 0
    for (const { draft, among } of answers) {
      hint = causeIndex(draft.causationId, among, hint)
      const cause = among[hint]
      const causeId = draft.causationId ?? cause?.id ?? occasion
      const ordinal = (ordinals.get(causeId) ?? -1) + 1
      ordinals.set(causeId, ordinal)
      const marks = cause === undefined ? 0 : cause.marks & (MARK_LATE | MARK_REPLAYED)
      const receipt = this.offer(signalDraft(strategy, draft, causeId, ordinal, cause), marks)
      if (receipt.status === 'accepted') this.accepted += 1
      else if (receipt.status !== 'duplicate') this.onRefused(strategy, receipt)
    }
  }
}

/**
 * Where the cause stands among the events of the call: the last where none is named, -1 where it is
 * not among them. The search begins at the last answer's cause, as answers come in order.
 */
function causeIndex(id: string | undefined, among: readonly OutcryEvent[], hint: number): number {
  if (id === undefined) return among.length - 1
  const start = hint >= 0 && hint < among.length ? hint : 0
  for (let step = 0; step < among.length; step++) {
    const index = (start + step) % among.length
    if (among[index]?.id === id) return index
  }
  return -1
}

function signalDraft(
  strategy: string,
  draft: Answer['draft'],
  causeId: string,
  ordinal: number,
  cause: OutcryEvent | undefined,
): EventDraft {
  const brief = causeId.length <= MAX_CAUSE_LENGTH ? causeId : hashed(causeId)
  return new EventDraft<string, unknown>(
    draft.definition as unknown as EventDraft['definition'],
    `${strategy}/${ordinal}@${brief}`,
    draft.timestamp ?? cause?.timestamp,
    strategy,
    draft.symbol,
    draft.symbols,
    draft.payload,
    draft.correlationId ?? cause?.correlationId ?? cause?.id,
    causeId === '' ? undefined : causeId,
  )
}

function hashed(text: string): string {
  const digest = new Digest()
  digest.string(text)
  return digest.hex()
}
