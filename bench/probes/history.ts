import { processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { median } from '../harness/statistics.js'
import { createEngine, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface History {
  /** Processor time an event that keeping it adds, compression among it, in microseconds. */
  readonly addedUs: number
  readonly withoutUs: number
  /** Memory held an event. */
  readonly bytesPerEvent: number
  /** Processor time to read all of it back, in microseconds an event. */
  readonly readUs: number
  /** Blocks decompressed for the events of one symbol within ten seconds, and how many events that are. */
  readonly rareBlocks: number
  readonly rareEvents: number
}

const ROUNDS = 5
const RARE_EVERY = 10_000
const SYMBOLS = Array.from({ length: 100 }, (_, index) => `SYM${index}`)

const publish = async (events: number, history: boolean) => {
  const engine = createEngine({ history, dedupe: { window: 0 } })
  await engine.start()
  const begin = processorMs()
  for (let at = 0; at < events; at += 1) {
    const symbol = SYMBOLS[at % 100] as string
    const price = 100 + ((at * 37) % 1_000) / 100
    await engine.publish(trade({ id: `tape:${at}`, symbol, price, size: ((at % 50) + 1) * 10, timestamp: 1.7e12 + at }))
  }
  await engine.drain()
  return { engine, us: ((processorMs() - begin) / events) * 1_000 }
}

/** Rows 3452, 3461 and 3481: what a history costs an event, what it holds, and what asking it costs. */
export const history = async (settings: Settings): Promise<History> => {
  const events = setting(settings, 'events')
  const on: number[] = []
  const off: number[] = []
  const read: number[] = []
  let bytesPerEvent = 0
  let rareBlocks = 0
  for (let round = 0; round <= ROUNDS; round += 1) {
    const without = await publish(events, false)
    await without.engine.stop()
    const keeping = await publish(events, true)
    const { engine } = keeping
    const begin = processorMs()
    let count = 0
    for await (const batch of engine.history.batches()) count += batch.length
    const readUs = ((processorMs() - begin) / events) * 1_000
    if (count !== events) throw new Error(`${count} of ${events} events were in the history`)
    const before = engine.history.stats()
    let rare = 0
    for await (const event of engine.history.query({ symbols: ['SYM0'], from: 1.7e12, to: 1.7e12 + RARE_EVERY })) {
      rare += event.sequence > 0 ? 1 : 0
    }
    const after = engine.history.stats()
    await engine.stop()
    if (before === undefined || after === undefined || rare !== RARE_EVERY / 100)
      throw new Error('the query went wrong')
    if (round === 0) continue
    off.push(without.us)
    on.push(keeping.us)
    read.push(readUs)
    bytesPerEvent = before.bytes / events
    rareBlocks = after.decompressed - before.decompressed
  }
  return {
    addedUs: median(on) - median(off),
    withoutUs: median(off),
    bytesPerEvent,
    readUs: median(read),
    rareBlocks,
    rareEvents: RARE_EVERY / 100,
  }
}
