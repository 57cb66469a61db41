import { OutcryError } from '../errors.js'
import type { EventDefinition } from '../events/define.js'
import { describeValue } from '../events/invalid.js'
import { nearest } from '../events/nearest.js'
import { isPattern, isSelector, matchesPattern } from '../events/patterns.js'
import type { StrategyDefinition, Subscription } from './strategy.js'

/** A selector of a subscription that stands for no event type that is known so far. */
export interface UnknownType {
  readonly selector: string
  /** Its place in the subscription's `types`. */
  readonly index: number
  /** The known type, or pattern, that was most likely meant. */
  readonly suggestion: string | undefined
}

/** The event types of an engine, as far as this needs them. */
export interface KnownTypes {
  get(type: string): unknown
  all(): Iterable<{ readonly type: string }>
}

/** `order.fill` → `order.*`: a pattern for each level above a type. */
function* patternsAbove(type: string): Generator<string> {
  for (let dot = type.indexOf('.'); dot >= 0; dot = type.indexOf('.', dot + 1)) yield `${type.slice(0, dot)}.*`
}

/** What differs from a known name in more than one of so many characters is a host's own type rather than a slip. */
const CHARACTERS_A_SLIP = 6

/** Characters in which a name may differ from a known one and still be taken for a slip of it. */
export const mostSlips = (name: string): number => Math.max(1, Math.floor(name.length / CHARACTERS_A_SLIP))

/**
 * The selectors that match none of the known types. A definition is never among them, as whoever has
 * one has a type; a name may become known later, with the first draft of a definition of its own.
 *
 * @param most characters that a suggestion may differ in; undefined for `nearest`'s own, where it is but a hint
 */
export function unknownTypes(
  subscription: Pick<Subscription, 'types'> | undefined,
  known: KnownTypes,
  most: (selector: string) => number | undefined = mostSlips,
): readonly UnknownType[] {
  const unknown: UnknownType[] = []
  for (const [index, selector] of (subscription?.types ?? []).entries()) {
    if (typeof selector !== 'string' || selector === '*' || known.get(selector) !== undefined) continue
    const names = [...known.all()].map(({ type }) => type)
    if (names.some((type) => matchesPattern(selector, type))) continue
    const candidates = isPattern(selector) ? new Set(names.flatMap((type) => [...patternsAbove(type)])) : names
    unknown.push({ selector, index, suggestion: nearest(selector, candidates, most(selector)) })
  }
  return unknown
}

export const UNKNOWN = 'no event type of that name is known'

/**
 * Why a subscription to it is refused: it is most likely a slip, or can be the name of no type at all, so that
 * nothing would ever come of it. Undefined where a type of that name may come later.
 *
 * @param path of the strategy
 */
export function refusalOf({ selector, index, suggestion }: UnknownType, path: string): OutcryError | undefined {
  if (suggestion === undefined && isSelector(selector)) return undefined
  const at = `${path}.subscribe.types.${index}`
  const problem =
    suggestion === undefined
      ? 'it is neither an event type nor a pattern such as order.*'
      : `${UNKNOWN}; did you mean ${JSON.stringify(suggestion)}? A type of your own is known by its definition: list it in the option events`
  const message = `${at} is ${describeValue(selector)}: ${problem}`
  return new OutcryError('OUTCRY_STRATEGY_INVALID', message, { path: at, value: selector })
}

/** The definition by which the first of these strategies subscribes to a type; undefined where none does. */
export function subscribedDefinition(
  strategies: Iterable<{ readonly definition: Pick<StrategyDefinition, 'subscribe'> }>,
  type: string,
): EventDefinition | undefined {
  for (const { definition } of strategies) {
    for (const selector of definition.subscribe?.types ?? []) {
      if (typeof selector !== 'string' && selector.type === type) return selector as unknown as EventDefinition
    }
  }
  return undefined
}
