import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import type { HandlerResult } from '../src/dispatch/strategy.js'
import { MARK_REPLAYED, type OutcryEvent, withMarks } from '../src/events/event.js'
import type { History } from '../src/history/history.js'
import type { HistoryQuery } from '../src/history/query.js'
import type { Wiring } from './wiring.js'

/** What it needs of an engine. */
export type WarmUpPlane = Pick<Wiring, 'environment' | 'intake' | 'publisher' | 'queue' | 'dispatcher'>

/** Events of one call, as in a chunk. */
const CALL_EVENTS = 256

/**
 * Hands a strategy what came before it, in order. What is still to be delivered to it is left out: it
 * comes as it would have come, with its signals.
 */
export async function warmUp(runtime: StrategyRuntime, history: History, plane: WarmUpPlane): Promise<void> {
  const { abort } = runtime
  const pending = pendingFor(runtime, plane)
  const query = queryOf(runtime, plane)
  runtime.warmingUp = true
  try {
    for await (const batch of history.batches(query)) {
      const past = batch.filter((event) => !pending.has(event.sequence) && isMeant(event, query)).map(asReplayed)
      for (let from = 0; from < past.length; from += CALL_EVENTS) {
        if (abort.aborted) return
        await handOver(runtime, past.slice(from, from + CALL_EVENTS), plane)
      }
    }
  } finally {
    runtime.at = undefined
    runtime.warmingUp = false
  }
}

/** Sequences of what was accepted and is still to be delivered to a strategy. */
function pendingFor(runtime: StrategyRuntime, { queue, dispatcher }: WarmUpPlane): ReadonlySet<number> {
  const pending = new Set<number>()
  const add = (event: OutcryEvent): void => void pending.add(event.sequence)
  queue.forEach(add)
  for (const delivery of runtime.inbox) delivery.events.forEach(add)
  for (const work of dispatcher.open) {
    const handed = work.deliveries.some((delivery) => delivery.runtime.name === runtime.name)
    if (work.stepping && !handed) work.split.of(runtime.interest)?.forEach(add)
  }
  return pending
}

/** Signals and what the engine says of itself go to those only who name them. */
const isMeant = ({ type }: OutcryEvent, { types }: HistoryQuery): boolean =>
  (type !== 'signal' && !type.startsWith('system.')) ||
  types?.some((wanted) => wanted === type || (wanted === 'system.*' && type !== 'signal')) === true

const asReplayed = (event: OutcryEvent): OutcryEvent => withMarks(event, event.marks | MARK_REPLAYED)

function queryOf({ definition }: StrategyRuntime, { environment, intake }: WarmUpPlane): HistoryQuery {
  const { warmUp: wanted = {}, subscribe = {} } = definition
  const subscribed = subscribe.types?.map((type) => (typeof type === 'string' ? type : type.type))
  return {
    types: wanted.types ?? subscribed,
    symbols: wanted.symbols ?? subscribe.symbols,
    from: wanted.ageMs === undefined ? undefined : environment.now() - wanted.ageMs,
    toSequence: intake.sequence,
    last: wanted.events,
  }
}

async function handOver(
  runtime: StrategyRuntime,
  events: readonly OutcryEvent[],
  { publisher }: WarmUpPlane,
): Promise<void> {
  const { definition, context, counts } = runtime
  counts.warmedUp += events.length
  if (definition.onEvents !== undefined) {
    const answer = publisher.whileHandling(() => definition.onEvents?.(events, context))
    counts.withheld += countOf(answer instanceof Promise ? await answer : answer)
    return
  }
  for (const event of events) {
    runtime.at = event
    const answer = publisher.whileHandling(() => definition.onEvent?.(event, context))
    counts.withheld += countOf(answer instanceof Promise ? await answer : answer)
  }
}

const countOf = (answer: HandlerResult): number => {
  if (answer === undefined || answer === null) return 0
  return Array.isArray(answer) ? answer.length : 1
}
