import { processorMs } from '../harness/clock.js'
import { defineStrategy, type Engine, trade } from '../outcry.js'

const STRATEGIES = 10
const SYMBOLS = 100
const BATCH = 1_024

/** Ten strategies that keep the last price of each symbol. */
export const keepers = Array.from({ length: STRATEGIES }, (_, number) =>
  defineStrategy({
    name: `subscriber-${number}`,
    state: () => ({ last: new Map<string, number>(), seen: 0 }),
    onEvents(events, { state }) {
      for (const { symbol = '', payload } of events) {
        state.last.set(symbol, (payload as { readonly price: number }).price)
        state.seen += 1
      }
    },
  }),
)

const symbols = Array.from({ length: SYMBOLS }, (_, number) => `S${number}`)

/**
 * Processor time of one event, in microseconds, once the compiler has got used to what listens: a page
 * is looked at for minutes.
 */
export async function cost(engine: Engine, events: number): Promise<number> {
  await play(engine, events / 2)
  const begin = processorMs()
  await play(engine, events)
  return ((processorMs() - begin) * 1_000) / events
}

async function play(engine: Engine, events: number): Promise<void> {
  for (let from = 0; from < events; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, events - from) }, (_, at) =>
      trade({ symbol: symbols[(from + at) % SYMBOLS] ?? '', price: at + 1, size: 1 }),
    )
    await engine.publishAll(batch)
  }
  await engine.drain()
}
