import { processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { median } from '../harness/statistics.js'
import { createEngine, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface Dedupe {
  /** Processor time an event that looking for duplicates adds, in microseconds. */
  readonly addedUs: number
  readonly withoutUs: number
  /** Duplicates that were published within the window, and found. */
  readonly duplicates: number
  readonly found: number
}

const ROUNDS = 7
const REPEAT_EVERY = 100

const run = async (events: number, window: number): Promise<{ us: number; found: number }> => {
  const engine = createEngine({ dedupe: { window } })
  await engine.start()
  const begin = processorMs()
  for (let at = 0; at < events; at += 1) {
    const number = at % REPEAT_EVERY === 0 && at > 0 ? at - 1 : at
    await engine.publish(trade({ id: `tape:${number}`, symbol: 'AAPL', price: 1, size: 1 }))
  }
  await engine.drain()
  const us = ((processorMs() - begin) / events) * 1_000
  const found = engine.ledger().events.duplicate
  await engine.stop()
  return { us, found }
}

/** Row 3471: what it costs an engine to look for duplicates among the last 65,536 ids, and whether it finds them. */
export const dedupe = async (settings: Settings): Promise<Dedupe> => {
  const events = setting(settings, 'events')
  const on: number[] = []
  const off: number[] = []
  let found = 0
  for (let round = 0; round <= ROUNDS; round += 1) {
    const without = await run(events, 0)
    const looking = await run(events, 65_536)
    if (round === 0) continue
    off.push(without.us)
    on.push(looking.us)
    found = looking.found
  }
  return {
    addedUs: median(on) - median(off),
    withoutUs: median(off),
    duplicates: Math.ceil(events / REPEAT_EVERY) - 1,
    found,
  }
}
