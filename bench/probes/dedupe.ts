import { processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { median } from '../harness/statistics.js'
import { createEngine, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface Dedupe {
  /** Processor time an event that looking for duplicates adds where ids count, in microseconds. */
  readonly addedUs: number
  /** The same where they are UUIDs. */
  readonly addedOtherUs: number
  readonly withoutUs: number
  /** Duplicates that were published within the window, and found. */
  readonly duplicates: number
  readonly found: number
}

const ROUNDS = 7
const REPEAT_EVERY = 100
const WINDOW = 65_536

type Naming = (number: number) => string
const counted: Naming = (number) => `tape:${number}`
const uuid: Naming = (number) => `0190f3a2-7b1c-7def-8a9b-${number.toString(16).padStart(12, '0')}`

const run = async (events: number, window: number, idOf: Naming): Promise<{ us: number; found: number }> => {
  const engine = createEngine({ dedupe: { window } })
  await engine.start()
  const begin = processorMs()
  for (let at = 0; at < events; at += 1) {
    const number = at % REPEAT_EVERY === 0 && at > 0 ? at - 1 : at
    await engine.publish(trade({ id: idOf(number), symbol: 'AAPL', price: 1, size: 1 }))
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
  const added: number[] = []
  const addedOther: number[] = []
  const off: number[] = []
  let found = 0
  for (let round = 0; round <= ROUNDS; round += 1) {
    const without = await run(events, 0, counted)
    const looking = await run(events, WINDOW, counted)
    const otherWithout = await run(events, 0, uuid)
    const otherLooking = await run(events, WINDOW, uuid)
    if (looking.found !== otherLooking.found) throw new Error('duplicates of one kind were found and not of the other')
    found = looking.found
    if (round === 0) continue
    off.push(without.us)
    added.push(looking.us - without.us)
    addedOther.push(otherLooking.us - otherWithout.us)
  }
  return {
    addedUs: median(added),
    addedOtherUs: median(addedOther),
    withoutUs: median(off),
    duplicates: Math.ceil(events / REPEAT_EVERY) - 1,
    found,
  }
}
