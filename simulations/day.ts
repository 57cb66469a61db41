import { marketRecords } from './inputs.js'
import type { RunOptions } from './run.js'
import type { Scenario, StrategyPlan } from './scenario.js'
import { type FaultKind, swarm } from './swarm.js'

const DAY_EVENTS = 1_000_000
const DAY_MS = 6.5 * 3_600_000
/** Records that come at a time, as a feed that is polled hands them on. */
const SLICE = 200

export interface TradingDayOptions {
  /** Default 1,000,000. */
  readonly events?: number | undefined
  /** Virtual milliseconds that they are spread over; default 6.5 hours. */
  readonly spanMs?: number
  /** Default handlers that fail, sinks, listeners, stalls, pauses and redrives. */
  readonly faults?: readonly FaultKind[]
}

const strategy = (name: string, form: StrategyPlan['form'], types?: string[]): StrategyPlan => ({
  name,
  form,
  ...(types === undefined ? {} : { types }),
  retry: 1,
  signalEvery: 50,
  publishEvery: 0,
  timerEvery: 0,
  awaitMs: 1,
})

/**
 * A trading day: many events, an engine of the usual size and five strategies, one of which awaits.
 * The input is too long to be held, so it goes to `runScenario` beside the scenario.
 */
export function tradingDay(
  seed: number,
  options: TradingDayOptions = {},
): { readonly scenario: Scenario; readonly input: NonNullable<RunOptions['input']> } {
  const { events = DAY_EVENTS, spanMs = DAY_MS } = options
  const faults = options.faults ?? ['handler', 'sink', 'listener', 'stall', 'pause', 'redrive']
  const { journal: _, ...base } = swarm({ seed, events: 0, spanMs, faults })
  const scenario: Scenario = {
    ...base,
    name: 'day',
    strategies: [
      strategy('s1', 'onEvents'),
      strategy('s2', 'onEvents', ['trade']),
      strategy('s3', 'onEvent', ['news', 'trading.*']),
      strategy('s4', 'transactional', ['bar']),
      strategy('s5', 'asyncEvents', ['quote']),
    ],
    engine: { queue: { capacity: 20_000 }, deadLetters: { maxCount: 1_000 } },
    world: { ...base.world, chunkMs: [0.01, 0.05] },
  }
  const sliceMs = (spanMs * SLICE) / Math.max(SLICE, events)
  return { scenario, input: { steps: marketRecords({ seed, events, spanMs, sliceMs }), untilMs: spanMs } }
}
