import { monotonicMs, processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { createEngine, defineStrategy, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface Replay {
  /** Events handled by one strategy, a second of processor time and a second of the clock. */
  readonly perProcessorSecond: number
  readonly perSecond: number
  /** The most that heap and buffers ever were above what they were before the replay. */
  readonly overIdleMb: number
  /** How far a replay at 100 times the speed was from the time that it should take, in per cent. */
  readonly paceErrorPercent: number
}

const SYMBOLS = Array.from({ length: 100 }, (_, index) => `SYM${index}`)
/** Of data: two seconds at a hundred times the speed, with a thousand events a second. */
const PACED_MS = 200_000
const PACED_EVENTS = 2_000
const SPEED = 100

const heldMb = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

/** Row 3458: a million events from the history through a running engine. */
export const replay = async (settings: Settings): Promise<Replay> => {
  const events = setting(settings, 'events')
  let handled = 0
  let most = 0
  const counter = defineStrategy({
    name: 'counter',
    subscribe: { types: ['trade'] },
    onEvents(chunk) {
      handled += chunk.length
      if (handled % 65_536 < chunk.length) most = Math.max(most, heldMb())
    },
  })
  const engine = createEngine({
    strategies: [counter],
    dedupe: { window: 0 },
    history: { maxCount: events * 2, maxBytes: 1_073_741_824 },
  })
  await engine.start()
  for (let at = 0; at < events; at += 1) {
    const symbol = SYMBOLS[at % 100] as string
    const price = 100 + ((at * 37) % 1_000) / 100
    const timestamp = 1.7e12 + at
    await engine.publish(trade({ id: `tape:${at}`, symbol, price, size: ((at % 50) + 1) * 10, timestamp }))
  }
  const pacedMs = PACED_MS / PACED_EVENTS
  for (let at = 0; at <= PACED_EVENTS; at += 1) {
    await engine.publish(trade({ symbol: 'PACED', price: 1, size: 1, timestamp: 1.8e12 + at * pacedMs }))
  }
  await engine.drain()
  globalThis.gc?.()
  globalThis.gc?.()
  const idleMb = heldMb()
  // The first warms up what only a replay calls.
  await engine.replay({ limit: Math.floor(events / 10) }).done
  await engine.drain()
  handled = 0
  most = 0
  const begin = monotonicMs()
  const beginProcessor = processorMs()
  await engine.replay({ to: 1.8e12 }).done
  await engine.drain()
  const elapsedMs = monotonicMs() - begin
  const usedMs = processorMs() - beginProcessor
  if (handled !== events) throw new Error(`${handled} of ${events} events were replayed`)
  const overIdleMb = most - idleMb
  const pacedFrom = monotonicMs()
  await engine.replay({ speed: SPEED, symbols: ['PACED'] }).done
  const tookMs = monotonicMs() - pacedFrom
  await engine.stop()
  return {
    perProcessorSecond: (events / usedMs) * 1_000,
    perSecond: (events / elapsedMs) * 1_000,
    overIdleMb,
    paceErrorPercent: Math.abs(tookMs / (PACED_MS / SPEED) - 1) * 100,
  }
}
