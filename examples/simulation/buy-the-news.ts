import { defineStrategy, news, type SignalDraft, signal, tradingStatus } from 'outcry'

/** Symbols that do not trade at present, as one strategy has heard. */
interface Halts {
  readonly halted: Set<string>
}

/** Buys what good news is about, unless trading in it is halted. */
const buyer = (name: string, mayBuy: (symbol: string, newsSymbol: string | undefined, halts: Halts) => boolean) =>
  defineStrategy({
    name,
    subscribe: { types: [news, tradingStatus] },
    state: (): Halts => ({ halted: new Set() }),
    onEvent(event, { state }): SignalDraft[] | undefined {
      if (event.type === 'trading.status') {
        if (event.symbol === undefined) return undefined
        if (event.payload.status === 'halted') state.halted.add(event.symbol)
        else state.halted.delete(event.symbol)
        return undefined
      }
      if (!/ (beats|buys)$/.test(event.payload.headline)) return undefined
      return event.symbols
        .filter((symbol) => mayBuy(symbol, event.symbol, state))
        .map((symbol) => signal({ symbol, side: 'buy', strength: 0.5, cause: event }))
    },
  })

/**
 * It has a bug that a review misses easily: half of real news names several symbols, and it looks
 * only at the first of them before it buys them all.
 */
export const buyTheNews = buyer(
  'buy-the-news',
  (_symbol, first, { halted }) => first === undefined || !halted.has(first),
)

/** The same without the bug. */
export const buyTheNewsMended = buyer('buy-the-news', (symbol, _first, { halted }) => !halted.has(symbol))
