import {
  alert,
  defineStrategy,
  type OutcryEvent,
  type SignalDraft,
  type StrategyContext,
  type StrategyDefinition,
  signal,
} from 'outcry'
import type { StrategyPlan } from './scenario.js'
import { numberOf } from './trouble.js'

/** The delays of a strategy's timers lie below this, unless its plan says otherwise. Milliseconds. */
const TIMER_MS = 37

interface State {
  seen: number
  last: Record<string, number>
}

export interface StrategyWorld {
  /** Waits as a call to some service would. */
  readonly wait: (ms: number) => Promise<void>
  /** A strategy sets a timer of its present incarnation; what this answers is called when that fires. */
  readonly timer: (strategy: string, delayMs: number, of: object) => () => void
}

/** Adds its answers to those of the same call: most events have none, and an array for each is dear. */
function handle(
  plan: StrategyPlan,
  event: OutcryEvent,
  context: StrategyContext<State>,
  world: StrategyWorld,
  answers: SignalDraft[],
): void {
  const { state } = context
  const number = numberOf(event)
  state.seen += 1
  if (event.symbol !== undefined) state.last[event.symbol] = event.timestamp
  if (plan.publishEvery > 0 && number % plan.publishEvery === 0 && !event.derived) {
    context.publish(alert({ kind: 'halt', score: 0.5, cause: event }))
  }
  if (plan.timerEvery > 0 && number % plan.timerEvery === 0) {
    const delayMs = 1 + (number % (plan.timerMs ?? TIMER_MS))
    const ticked = world.timer(plan.name, delayMs, context)
    context.clock.setTimeout(() => {
      ticked()
      return signal({ symbol: event.symbol ?? 'X', side: 'flat', strength: 0.1 })
    }, delayMs)
  }
  // A signal about a signal would go on for ever.
  if (plan.signalEvery === 0 || number % plan.signalEvery !== 0 || event.derived) return
  answers.push(signal({ symbol: event.symbol ?? 'X', side: 'buy', strength: context.random(), cause: event }))
}

/** A made-up strategy from its plan, in the form that the plan asks for. */
export function strategyOf(plan: StrategyPlan, world: StrategyWorld): StrategyDefinition<State> {
  const { name, form, types, symbols, retry, lateAfterMs, timeoutMs, awaitMs, restart, stopMs } = plan
  const each = (events: readonly OutcryEvent[], context: StrategyContext<State>): SignalDraft[] => {
    const answers: SignalDraft[] = []
    for (const event of events) handle(plan, event, context, world, answers)
    return answers
  }
  const handlers: Pick<StrategyDefinition<State>, 'onEvent' | 'onEvents'> = {
    onEvent: { onEvent: (event: OutcryEvent, context: StrategyContext<State>) => each([event], context) },
    onEvents: { onEvents: each },
    transactional: { onEvents: each },
    asyncEvent: {
      onEvent: async (event: OutcryEvent, context: StrategyContext<State>) => {
        if (awaitMs > 0) await world.wait(awaitMs)
        return each([event], context)
      },
    },
    asyncEvents: {
      onEvents: async (events: readonly OutcryEvent[], context: StrategyContext<State>) => {
        if (awaitMs > 0) await world.wait(awaitMs)
        return each(events, context)
      },
    },
  }[form]
  return defineStrategy<State>({
    name,
    subscribe: { ...(types === undefined ? {} : { types }), ...(symbols === undefined ? {} : { symbols }) },
    state: () => ({ seen: 0, last: {} }),
    ...handlers,
    ...(form === 'transactional' ? { transactional: true } : {}),
    retry: { attempts: retry },
    ...(lateAfterMs === undefined ? {} : { lateAfterMs }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(stopMs === undefined ? {} : { onStop: () => (stopMs === 0 ? undefined : world.wait(stopMs)) }),
    ...(restart === undefined ? {} : { restart }),
  } as unknown as Parameters<typeof defineStrategy<State>>[0]) as StrategyDefinition<State>
}
