import { matchesPattern } from '../events/patterns.js'
import type { Subscription } from './strategy.js'

/** The one type that a strategy gets only if it names it, or else its own answers would come back to it. */
export const SIGNAL = 'signal'

/** What an engine says of itself, such as `system.health`. */
const SYSTEM = 'system.'

/**
 * Whether a selector lets a type through. `*` stands for every type but `signal` and `system.*`, which
 * have to be named: a strategy that listens to all would feed on its own answers, and an alert that
 * handlers fail must not be one more event that they fail on.
 */
export function selects(selector: string, type: string): boolean {
  if (type === SIGNAL) return selector === SIGNAL
  return matchesPattern(selector, type) && !(selector === '*' && type.startsWith(SYSTEM))
}

/** A class of strategies whose subscriptions are equal: they get the same events, routed once. */
export class Interest {
  /** A small number, unique among the interests of a router that exist at the same time. */
  readonly index: number
  /** Equal subscriptions have equal keys, whatever the order in which they name things. */
  readonly key: string
  /** Types and patterns; `*` stands for every type but `signal` and `system.*`. */
  readonly types: readonly string[]
  /** Undefined: events of every symbol and of none. */
  readonly symbols: ReadonlySet<string> | undefined
  /** Names of the strategies, in the order in which they were added. A change makes a new array. */
  strategies: readonly string[] = []

  constructor(index: number, normalized: NormalizedSubscription) {
    this.index = index
    this.key = normalized.key
    this.types = normalized.types
    this.symbols = normalized.symbols === undefined ? undefined : new Set(normalized.symbols)
  }

  /** Whether it wants events of that type, as far as their symbols allow. */
  wants(type: string): boolean {
    return this.types.some((selector) => selects(selector, type))
  }
}

/** A subscription in the one form that equal ones share. */
export interface NormalizedSubscription {
  readonly key: string
  readonly types: readonly string[]
  readonly symbols: readonly string[] | undefined
}

const sortedOnce = (names: readonly string[]): string[] => [...new Set(names)].sort()

/** An empty list of types or symbols is taken at its word: it selects nothing. */
export function normalize(subscription: Subscription | undefined): NormalizedSubscription {
  const given = subscription?.types?.map((selector) => (typeof selector === 'string' ? selector : selector.type))
  const types = sortedOnce(given ?? ['*'])
  const symbols = subscription?.symbols === undefined ? undefined : sortedOnce(subscription.symbols)
  return { key: JSON.stringify(symbols === undefined ? [types] : [types, symbols]), types, symbols }
}
