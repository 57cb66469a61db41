/** The part of an event that the subscribers read: drafts and accepted events both have it. */
export interface Seen {
  readonly type: string
  readonly symbol: string | undefined
  readonly payload: unknown
}

class SymbolState {
  count = 0
  last = 0
  mean = 0
  hash = 0
}

/** What a trade and a news item have that a subscriber makes a number of. */
interface Amounts {
  readonly price?: number
  readonly headline?: string
}

/**
 * A subscriber with state per symbol: a count, a moving mean and a hash that depends on the order of the
 * symbol's events. The hash is how a lost, doubled or misplaced delivery is found.
 */
export class Book {
  readonly #symbols = new Map<string, SymbolState>()
  readonly #smoothing: number
  readonly number: number
  deliveries = 0

  constructor(number: number) {
    this.number = number
    this.#smoothing = 1 / (number + 2)
  }

  handle(event: Seen): void {
    const symbol = event.symbol ?? ''
    let state = this.#symbols.get(symbol)
    if (state === undefined) {
      state = new SymbolState()
      this.#symbols.set(symbol, state)
    }
    const amounts = event.payload as Amounts
    const value = event.type === 'trade' ? (amounts.price ?? 0) : (amounts.headline?.length ?? 0)
    state.count += 1
    state.last = value
    state.mean += (value - state.mean) * this.#smoothing
    state.hash = (Math.imul(state.hash, 31) + Math.trunc(value * 100) + this.number) | 0
    this.deliveries += 1
  }

  /** Depends on every delivery and on its order within its symbol, not on the order of the symbols. */
  checksum(): number {
    let sum = 0
    for (const [symbol, { count, hash }] of this.#symbols) {
      sum = (sum + Math.imul(hash ^ count, (symbol.codePointAt(symbol.length - 1) ?? 0) + 7)) | 0
    }
    return sum
  }
}
