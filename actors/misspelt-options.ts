import type { StrategyDefinition } from '../src/dispatch/strategy.js'
import { type KnownTypes, mostSlips, unknownTypes } from '../src/dispatch/unknown-types.js'
import { nearest } from '../src/events/nearest.js'
import type { Log } from '../src/log.js'
import type { ResolvedOptions } from './engine-options.js'

/** What this asks of an engine's data plane. */
interface Named {
  readonly options: Pick<ResolvedOptions, 'lanes' | 'ttlMs' | 'staleAfterMs' | 'conflate' | 'rateLimits'>
  readonly types: KnownTypes
  readonly stage: { readonly runtimes: ReadonlyMap<string, { readonly definition: StrategyDefinition }> }
  readonly log: Log
}

/** A name in an option that stands for nothing that is known. */
interface Stranger {
  /** The path of the option. */
  readonly option: string
  readonly name: string
  /** What is known and was most likely meant. */
  readonly nearest?: string
}

const BY_TYPE = ['lanes', 'ttlMs', 'staleAfterMs', 'conflate'] as const
const EVERY_OTHER = '*'

/** Generated options may be wrong in every key: a log must not be flooded by one mistake. */
const MOST_WARNINGS = 100

const stranger = (option: string, name: string, guess: string | undefined): Stranger =>
  guess === undefined ? { option, name } : { option, name, nearest: guess }

/** The types that the engine knows, and those that its strategies subscribe to by definition: these have a type. */
function knownTypes({ types, stage }: Named): KnownTypes {
  const known = new Map([...types.all()].map((type) => [type.type, type]))
  for (const { definition } of stage.runtimes.values()) {
    for (const selector of definition.subscribe?.types ?? []) {
      if (typeof selector !== 'string' && !known.has(selector.type)) known.set(selector.type, selector)
    }
  }
  return { get: (type) => known.get(type), all: () => known.values() }
}

function strangeTypes(plane: Named): Stranger[] {
  const known = knownTypes(plane)
  return BY_TYPE.flatMap((option) =>
    unknownTypes({ types: Object.keys(plane.options[option] ?? {}) }, known, () => undefined).map(
      ({ selector, suggestion }) => stranger(`${option}.${selector}`, selector, suggestion),
    ),
  )
}

/** `momentum-2` is no slip of `momentum-1`, or of `momentum`: with another number it is another of its kind. */
const kindOf = (name: string): string => name.replace(/[-_.]?\d+/g, '').toLowerCase()

const anotherOfItsKind = (a: string, b: string): boolean => kindOf(a) === kindOf(b) && /\d/.test(a + b)

function strangeStrategies({ options, stage }: Named): Stranger[] {
  const limits = options.rateLimits.strategies ?? {}
  // One that has a limit of its own was not meant by another name.
  const unnamed = [...stage.runtimes.keys()].filter((name) => !Object.hasOwn(limits, name))
  return Object.keys(limits)
    .filter((name) => name !== EVERY_OTHER && !stage.runtimes.has(name))
    .map((name) => {
      const candidates = unnamed.filter((other) => !anotherOfItsKind(name, other))
      const byLower = new Map(candidates.map((other) => [other.toLowerCase(), other]))
      const guess = nearest(name, byLower.keys(), mostSlips(name))
      return stranger(`rateLimits.strategies.${name}`, name, guess === undefined ? undefined : byLower.get(guess))
    })
}

const meant = ({ nearest: guess }: Stranger): string => (guess === undefined ? '' : `: did you mean "${guess}"?`)

/**
 * Warns of names in options that stand for nothing: an event type or pattern in `lanes`, `ttlMs`, `staleAfterMs` or `conflate`
 * that fits no type known so far, and a strategy in `rateLimits.strategies`. None is an error, as both may come later: a
 * type with the first draft of its definition, a strategy by `strategies.add`. So of a strategy it warns only where
 * one that is there was most likely meant, and else says at level `info` that the limit is for one to come.
 */
export function warnOfMisspeltOptions(plane: Named): void {
  const { log } = plane
  const types = strangeTypes(plane).map((about) => {
    const own = 'A type of your own is known by its definition: list it in the option events'
    return { about, message: `${about.option}: it fits no known event type${meant(about) || '.'} ${own}` }
  })
  const strategies = strangeStrategies(plane).map((about) => {
    return { about, message: `${about.option}: no strategy of that name is there${meant(about) || ' yet'}` }
  })
  const warnings = [...types, ...strategies.filter(({ about }) => about.nearest !== undefined)]
  for (const { about, message } of warnings.slice(0, MOST_WARNINGS)) log.warn(about, message)
  const more = warnings.length - MOST_WARNINGS
  if (more > 0) log.warn({ more }, 'more names in options stand for nothing that is known')
  const toCome = strategies.filter(({ about }) => about.nearest === undefined)
  for (const { about, message } of toCome.slice(0, MOST_WARNINGS)) log.info(about, message)
}
