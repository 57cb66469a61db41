import { OutcryError } from '../errors.js'
import type { OutcryEvent } from '../events/event.js'
import { matchesPattern } from '../events/patterns.js'

/** A kill switch that is engaged. */
export interface Halt {
  /** Undefined: the whole engine. */
  readonly symbol: string | undefined
  readonly reason: string
  /** When, on the run's clock. UTC epoch milliseconds. */
  readonly since: number
}

/** Symbols that may be halted at once. */
const MAX_SYMBOLS = 65_536

/** Facts that a strategy must hear of in any case: what became of its orders, of its limits and of the market. */
const ALWAYS_DELIVERED = ['order.*', 'risk.*', 'trading.*']

/**
 * What is halted: the whole engine, or the trading of some symbols. In force from the call on; the
 * engine's machine shows it. A pause or a resume changes nothing here, only a reset does.
 */
export class Halts {
  /** Raised by every change, so that what was looked at before can be looked at again. */
  version = 0
  whole: Halt | undefined
  private readonly bySymbol = new Map<string, Halt>()

  /** Whether anything is halted: while nothing is, nobody need look at an event. */
  get any(): boolean {
    return this.whole !== undefined || this.bySymbol.size > 0
  }

  /** Whether any symbol is. */
  get someSymbols(): boolean {
    return this.bySymbol.size > 0
  }

  /**
   * Engages a kill switch. One that is engaged already stays as it is.
   *
   * @returns whether it was not engaged before.
   * @throws {OutcryError} OUTCRY_ENGINE_STATE if too many symbols are halted.
   */
  engage(halt: Halt): boolean {
    const { symbol } = halt
    if (symbol === undefined) {
      if (this.whole !== undefined) return false
      this.whole = halt
    } else {
      if (this.bySymbol.has(symbol)) return false
      if (this.bySymbol.size >= MAX_SYMBOLS) {
        const message = `${MAX_SYMBOLS} symbols are halted, which is the most that may be: halt the whole engine.`
        throw new OutcryError('OUTCRY_ENGINE_STATE', message)
      }
      this.bySymbol.set(symbol, halt)
    }
    this.version += 1
    return true
  }

  /** @returns the halt that is over now; undefined if there was none. */
  reset(symbol: string | undefined): Halt | undefined {
    const halt = symbol === undefined ? this.whole : this.bySymbol.get(symbol)
    if (halt === undefined) return undefined
    if (symbol === undefined) this.whole = undefined
    else this.bySymbol.delete(symbol)
    this.version += 1
    return halt
  }

  /** The whole engine's first, then the symbols' in the order in which they were halted. */
  list(): readonly Halt[] {
    const symbols = [...this.bySymbol.values()]
    return this.whole === undefined ? symbols : [this.whole, ...symbols]
  }

  /**
   * Whether an event is skipped as its symbol is halted. News of several symbols is delivered while
   * one of them is not halted, as it concerns that one too.
   */
  skips(event: OutcryEvent): boolean {
    const { bySymbol } = this
    if (bySymbol.size === 0 || event.symbol === undefined || !bySymbol.has(event.symbol)) return false
    for (const symbol of event.symbols) if (!bySymbol.has(symbol)) return false
    return !ALWAYS_DELIVERED.some((pattern) => matchesPattern(pattern, event.type))
  }

  /** Whether a signal about these symbols is withheld: one that is halted is enough. */
  withholds(symbol: string | undefined, symbols: readonly string[] | undefined): boolean {
    if (this.whole !== undefined) return true
    const { bySymbol } = this
    if (bySymbol.size === 0) return false
    return (symbol !== undefined && bySymbol.has(symbol)) || symbols?.some((each) => bySymbol.has(each)) === true
  }
}
