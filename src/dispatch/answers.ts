import { OutcryError } from '../errors.js'
import { EventDraft, isForeignDraft, OF_ANOTHER_COPY } from '../events/draft.js'
import type { OutcryEvent } from '../events/event.js'
import { isPromise, settlingOnce } from '../settling.js'
import type { Answer } from './delivery.js'
import type { HandlerResult, SignalDraft } from './strategy.js'

/** Takes a handler's signals with their cause. Anything else that it answers is its failure. */
export function collect(result: HandlerResult, among: readonly OutcryEvent[], into: Answer[]): void {
  if (result === undefined) return
  if (Array.isArray(result)) {
    for (const draft of result as readonly SignalDraft[]) into.push({ draft: signalOf(draft), among })
  } else into.push({ draft: signalOf(result as SignalDraft), among })
}

function signalOf(draft: unknown): SignalDraft {
  if (draft instanceof EventDraft && draft.type === 'signal') return draft
  const why = isForeignDraft(draft)
    ? `A handler answered something that is not a signal of this engine's: ${OF_ANOTHER_COPY}.`
    : 'A handler answered something that is not a signal. Return signal({ … }), an array of them, or nothing.'
  throw new OutcryError('OUTCRY_HANDLER_FAILED', why)
}

/** Runs a timer's callback as a handler of its own, and returns what it answered. */
export function answersOf(callback: () => HandlerResult, handle: <T>(call: () => T) => T): Answer[] {
  const answers: Answer[] = []
  const result = handle(callback)
  if (isPromise(result)) {
    // Its rejection is answered here, where it belongs to a strategy.
    settlingOnce(result).catch(() => {})
    throw new OutcryError('OUTCRY_HANDLER_FAILED', 'A timer callback returned a promise. It must be synchronous.')
  }
  collect(result, [], answers)
  return answers
}
