import { monotonicMs, processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { setting } from './setting.js'

export interface Simulation {
  /** Events of the input, signals not among them. */
  readonly eventsPerSecond: number
  readonly eventsPerProcessorSecond: number
  readonly daySeconds: number
  readonly dayProcessorSeconds: number
  /** What the oracles found, ledgers that are not exact among it. */
  readonly violations: number
}

/** Virtual time that the dense market takes: 1,000 events a second. */
const PER_EVENT_MS = 1

const face: string = new URL('../../../dist/simulations/index.js', import.meta.url).href

/** How fast a market is simulated, with faults on and all oracles looking, and how long a whole day takes. */
export const simulation = async (settings: Settings): Promise<Simulation> => {
  const { runScenario, tradingDay } = (await import(face)) as typeof import('../../dist/simulations/index.js')
  let violations = 0
  const play = async (seed: number, events: number, spanMs?: number) => {
    const { scenario, input } = tradingDay(seed, spanMs === undefined ? { events } : { events, spanMs })
    const begin = { ms: monotonicMs(), processor: processorMs() }
    const { result } = await runScenario(scenario, { input })
    violations += result.violations.length
    return { ms: monotonicMs() - begin.ms, processor: processorMs() - begin.processor }
  }
  const events = setting(settings, 'events')
  const dayEvents = setting(settings, 'dayEvents')
  // As in every trial, the compiler sees the work before it is timed.
  await play(1, events, events * PER_EVENT_MS)
  const dense = await play(2, events, events * PER_EVENT_MS)
  const day = dayEvents === 0 ? { ms: 0, processor: 0 } : await play(1, dayEvents)
  return {
    eventsPerSecond: (events / dense.ms) * 1_000,
    eventsPerProcessorSecond: (events / dense.processor) * 1_000,
    daySeconds: day.ms / 1_000,
    dayProcessorSeconds: day.processor / 1_000,
    violations,
  }
}
