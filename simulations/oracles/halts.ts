import type { OutcryEvent, SignalEvent } from 'outcry'
import type { Oracle, Subject } from '../subject.js'

/** Facts that a strategy hears of although their symbol is halted. */
const EXEMPT = /^(order|risk|trading)\./

/**
 * The kill switch, by the world's own book of what it has engaged: while the engine is halted no
 * handler is called, while a symbol is, none with what is only about halted symbols; and no signal
 * that a halt covers is told to a listener or handed to a sink.
 */
export function halts({ fail, marks }: Subject): Oracle {
  let whole = false
  const symbols = new Set<string>()
  const withheld = (symbol: string | undefined, all: readonly string[]): boolean =>
    whole ||
    (symbols.size > 0 && ((symbol !== undefined && symbols.has(symbol)) || all.some((one) => symbols.has(one))))
  const skipped = ({ type, symbol, symbols: all }: OutcryEvent): boolean =>
    symbol !== undefined && symbols.has(symbol) && all.every((one) => symbols.has(one)) && !EXEMPT.test(type)
  const outward = (where: string, { symbol, symbols: all, id }: SignalEvent): void => {
    if (withheld(symbol, all)) fail('halts', `signal ${id} of ${symbol} went to ${where} while that is halted`)
  }
  return {
    halted(symbol) {
      if (symbol === undefined) whole = true
      else symbols.add(symbol)
      marks.sometimes(symbol === undefined ? 'engine-halted' : 'symbol-halted')
    },
    reset(symbol) {
      if (symbol === undefined) whole = false
      else symbols.delete(symbol)
    },
    called({ strategy, events }) {
      if (whole) fail('halts', `${strategy} was handed ${events.length} events while the engine was halted`)
      if (symbols.size === 0) return
      const wrong = events.find(skipped)
      if (wrong !== undefined)
        fail(
          'halts',
          `${strategy} was handed event ${wrong.sequence} (${wrong.type}) of ${wrong.symbol}, which is halted`,
        )
    },
    signalled(signal) {
      outward('a listener', signal)
    },
    written(sink, signals) {
      if (!whole && symbols.size === 0) return
      for (const signal of signals) outward(`sink ${sink}`, signal)
    },
  }
}
