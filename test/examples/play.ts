import type { HandlerResult, SignalDraft, StrategyContext, StrategyDefinition } from '../../src/dispatch/strategy.js'
import type { EventDraft, EventInput } from '../../src/events/draft.js'
import { OutcryEvent } from '../../src/events/event.js'
import { silentLog } from '../../src/log.js'

const accepted = <P>(draft: EventDraft<string, P>, sequence: number): OutcryEvent<string, P> => {
  const { symbols = draft.symbol === undefined ? [] : [draft.symbol], timestamp = 0 } = draft
  const symbol = draft.symbol ?? symbols[0]
  const { id = `event:${sequence}`, type, payload } = draft
  return new OutcryEvent(
    id,
    type,
    1,
    timestamp,
    timestamp,
    'test',
    symbol,
    symbols,
    payload,
    undefined,
    undefined,
    sequence,
    0,
  )
}

export interface Played {
  readonly signals: readonly SignalDraft[]
  readonly published: readonly (EventDraft | EventInput)[]
}

/**
 * Hands drafts to a strategy as accepted events in the order given, `chunk` at a time, and answers what it
 * said. Nothing of the engine takes part: the strategy is a function of its events and its state.
 */
export const play = async <S, E extends OutcryEvent>(
  strategy: StrategyDefinition<S, E>,
  drafts: readonly EventDraft[],
  { state = strategy.state?.() as S, chunk = 256 }: { readonly state?: S; readonly chunk?: number } = {},
): Promise<Played> => {
  const signals: SignalDraft[] = []
  const published: (EventDraft | EventInput)[] = []
  const timer = { deadline: 0 }
  const context: StrategyContext<S> = {
    name: strategy.name,
    state,
    clock: { now: () => 0, setTimeout: () => timer, clearTimeout: () => {}, setInterval: () => timer },
    log: silentLog,
    abort: new AbortController().signal,
    publish(event) {
      published.push(event)
      return { status: 'accepted', id: 'alert', sequence: published.length }
    },
    random: () => 0.5,
    finish: () => {},
  }
  const take = (answer: HandlerResult): void => {
    if (answer) signals.push(...[answer].flat())
  }
  const events = drafts.map((draft, at) => accepted(draft, at + 1) as unknown as E)
  for (let start = 0; start < events.length; start += chunk) {
    const part = events.slice(start, start + chunk)
    if (strategy.onEvents) take(await strategy.onEvents(part, context))
    else for (const event of part) take(await strategy.onEvent?.(event, context))
  }
  return { signals, published }
}

/** Every order of a few values. */
export const permutations = <T>(values: readonly T[]): T[][] =>
  values.length < 2
    ? [[...values]]
    : values.flatMap((value, at) => permutations(values.toSpliced(at, 1)).map((rest) => [value, ...rest]))
