import { type Receipt, type SignalEvent, type StrategyDefinition, signal } from '../../src/index.js'
import { type TestEngine, trades } from '../engine/support.js'
export const buy = (cause: { readonly id: string }, symbol = 'AAPL') =>
  signal({ symbol, side: 'buy', strength: 1, cause: cause as never })

/** Answers each trade with one signal about its symbol. */
export const answering = (name = 'answers'): StrategyDefinition => ({
  name,
  subscribe: { types: ['trade'] },
  onEvent: (event) => buy(event, event.symbol),
})

/** A sink that keeps what it was given. */
export function collector(name = 'sink', wants?: { readonly halted?: boolean }) {
  const got: SignalEvent[] = []
  return {
    got,
    sink: {
      name,
      ...(wants === undefined ? {} : { wants }),
      write: (signals: readonly SignalEvent[]) => void got.push(...signals),
    },
  }
}

export const offerAll = ({ engine }: TestEngine, count: number, symbol = 'AAPL', from = 0): Receipt[] =>
  trades(count, symbol, from).map((draft) => engine.offer(draft))
