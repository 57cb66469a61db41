import { z } from 'zod'
import { OutcryError } from '../errors.js'
import type { CatalogueEvent } from '../events/catalogue/index.js'
import type { OutcryEvent } from '../events/event.js'
import { safeParse, valueAt } from '../safe-parse.js'
import { normalize } from './interest.js'
import { strategyRestartSchema } from './restart.js'
import type { SelectedEvent, StrategyDefinition, Subscription, TypeSelector } from './strategy.js'

const fn = z.custom<() => unknown>((value) => typeof value === 'function', 'must be a function')
const DAY_MS = 86_400_000

const selector = z.union(
  [z.string().min(1), z.custom<object>((value) => typeof (value as { type?: unknown } | null)?.type === 'string')],
  'must be the name of an event type, a pattern such as order.*, or a definition',
)

const subscriptionSchema = z.strictObject({
  types: z.array(selector).optional(),
  symbols: z.array(z.string()).optional(),
})

const strategySchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[\w.:-]+$/, 'letters, digits, and . _ : - only'),
  subscribe: subscriptionSchema.optional(),
  state: fn.optional(),
  onEvents: fn.optional(),
  onEvent: fn.optional(),
  onStart: fn.optional(),
  onStop: fn.optional(),
  snapshot: fn.optional(),
  restore: fn.optional(),
  snapshotEvery: z.number().int().min(1).max(1_000_000_000).optional(),
  restart: strategyRestartSchema.optional(),
  warmUp: z
    .strictObject({
      types: z.array(z.string().min(1)).readonly().optional(),
      symbols: z.array(z.string().min(1)).readonly().optional(),
      events: z.number().int().min(1).max(10_000_000).optional(),
      ageMs: z.number().positive().optional(),
      timeoutMs: z.number().min(1).max(DAY_MS).optional(),
    })
    .optional(),
  transactional: z.boolean().optional(),
  retry: z.strictObject({ attempts: z.number().int().min(0).max(100).optional() }).optional(),
  lateAfterMs: z.number().min(1).max(DAY_MS).optional(),
  timeoutMs: z.number().min(1).max(DAY_MS).optional(),
  breaker: z.unknown(),
})

/**
 * Checks a strategy's definition.
 *
 * @throws {OutcryError} OUTCRY_STRATEGY_INVALID that names the field and the value.
 */
export function checkStrategy(definition: unknown, path = 'strategy'): void {
  const refusal = (field: string, value: unknown, problem: string): OutcryError => {
    const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value
    return new OutcryError(
      'OUTCRY_STRATEGY_INVALID',
      `${path}${field === '' ? '' : `.${field}`} is ${shown}: ${problem}`,
      {
        path: field === '' ? path : `${path}.${field}`,
        value,
      },
    )
  }
  if (typeof definition !== 'object' || definition === null)
    throw refusal('', definition, 'expected a strategy definition')
  let own: object = definition
  try {
    own = { breaker: undefined, ...definition }
  } catch {
    // What cannot be copied cannot be read either, which the check says of it.
  }
  const result = safeParse(strategySchema, own)
  if (!result.success) {
    const [issue] = result.error.issues
    const extra = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
    const keys = [...(issue?.path ?? []), ...extra]
    const problem = extra.length > 0 ? 'a strategy has no such field' : (issue?.message ?? 'invalid')
    throw refusal(keys.map(String).join('.'), valueAt(definition, keys), problem)
  }
  const { onEvent, onEvents } = result.data
  if (onEvent === undefined && onEvents === undefined)
    throw refusal('onEvents', undefined, 'a strategy has onEvents or onEvent')
  if (onEvent !== undefined && onEvents !== undefined)
    throw refusal('onEvent', onEvent, 'a strategy has onEvents or onEvent, not both')
  normalize((definition as StrategyDefinition).subscribe)
}

/** What a strategy without `types` may be handed: every catalogue event but signals and `system.*`, and the host's own types. */
type DefaultEvent = Exclude<CatalogueEvent, { readonly type: 'signal' | `system.${string}` }>

type EventOfTypes<T> = T extends readonly TypeSelector[] ? SelectedEvent<T[number]> : DefaultEvent

type Definition<S, E extends OutcryEvent, T extends readonly TypeSelector[] | undefined> = Omit<
  StrategyDefinition<S, E>,
  'subscribe'
> & {
  readonly subscribe?: Omit<Subscription, 'types'> & { readonly types?: T }
}

/**
 * Defines a strategy: checks it now, and types its handler by what it subscribes to.
 *
 * @throws {OutcryError} OUTCRY_STRATEGY_INVALID that names the field and the value.
 */
export function defineStrategy<S = undefined, const T extends readonly TypeSelector[] | undefined = undefined>(
  definition: Definition<S, EventOfTypes<T> extends OutcryEvent ? EventOfTypes<T> : OutcryEvent, T>,
): StrategyDefinition<S, EventOfTypes<T> extends OutcryEvent ? EventOfTypes<T> : OutcryEvent> {
  checkStrategy(definition)
  return definition as unknown as StrategyDefinition<
    S,
    EventOfTypes<T> extends OutcryEvent ? EventOfTypes<T> : OutcryEvent
  >
}
