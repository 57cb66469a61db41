import { z } from 'zod'
import type { EventDefinition } from './define.js'
import { EventDraft } from './draft.js'
import { describeValue, Invalid } from './invalid.js'
import { toEpochMs } from './time.js'

/** The names that the flat form gives to the envelope, which no payload field may therefore have. */
export const ENVELOPE_NAMES: ReadonlySet<string> = new Set([
  'id',
  'timestamp',
  'source',
  'symbol',
  'symbols',
  'correlationId',
  'causationId',
  'cause',
])

/** Longest id, source or symbol that is taken, in characters. */
export const NAME_CHARACTERS_MAX = 256
/** Most symbols that one event may concern; the busiest news item in the recordings at hand names 13. */
export const SYMBOLS_MAX = 256

const name = z.string().min(1).max(NAME_CHARACTERS_MAX)
const symbols = z.array(name).max(SYMBOLS_MAX)

/**
 * The envelope's fields but time, whose rule is `toEpochMs`. The hot path decides by the typeof
 * checks below, which a property test holds to these schemas, and asks zod only for the words.
 */
export const ENVELOPE_SCHEMAS = {
  id: name.optional(),
  source: name.optional(),
  symbol: name.optional(),
  symbols: symbols.optional(),
  correlationId: name.optional(),
  causationId: name.optional(),
} as const

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= NAME_CHARACTERS_MAX

/** The envelope of either form as it comes: nothing is known of its fields yet. */
export interface RawEnvelope {
  readonly id?: unknown
  readonly timestamp?: unknown
  readonly source?: unknown
  readonly symbol?: unknown
  readonly symbols?: unknown
  readonly correlationId?: unknown
  readonly causationId?: unknown
  readonly cause?: unknown
}

/** The id of an input that may be anything, for the receipt of what is refused. */
export const idOf = (input: RawEnvelope): string | undefined => (isName(input.id) ? input.id : undefined)

function refuse(type: string, raw: RawEnvelope, field: keyof typeof ENVELOPE_SCHEMAS): Invalid {
  const result = ENVELOPE_SCHEMAS[field].safeParse(raw[field])
  const issue = result.error?.issues[0]
  const path = [field, ...(issue?.path ?? [])].join('.')
  const at = issue?.path[0]
  const value = typeof at === 'number' && Array.isArray(raw[field]) ? raw[field][at] : raw[field]
  const why = issue?.message ?? 'is not usable'
  return new Invalid(idOf(raw), path, `${type}: ${path} is ${describeValue(value)}: ${why}`, value)
}

/**
 * Lists are copies of this and no literals: V8 moves literals that were once seen to survive, as those of queued events
 * do, into old space for good, and each is garbage there until the whole heap is collected. It had a string once, so that
 * V8 takes it for a list of such.
 */
const NONE: readonly string[] = [''].slice(1)

/**
 * The symbols without repeats, and with `symbol` among them: half of real news names several, some
 * name one twice, and an event must reach a strategy once. A copy, so that the caller may go on
 * using his array, of which each is looked at once: a proxy may answer otherwise the next time.
 * Without a Set where there are few, as that costs as much as all the rest. Undefined for what is
 * no array of names.
 */
function distinctNames(value: unknown, symbol: string | undefined): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const { length } = value
  if (!(length <= SYMBOLS_MAX)) return undefined
  const seen = length > 16 ? new Set<string>() : undefined
  const all = NONE.slice()
  for (let i = 0; i < length; i++) {
    const each: unknown = value[i]
    if (!isName(each)) return undefined
    if (seen === undefined ? all.includes(each) : seen.has(each)) continue
    seen?.add(each)
    all.push(each)
  }
  if (symbol !== undefined && !all.includes(symbol)) all.unshift(symbol)
  return all
}

interface Cause {
  readonly id: string
  readonly correlationId: string | undefined
}

// By shape and not by class: a host may have two copies of the package, or an event back from JSON.
const isCause = (value: unknown): value is Cause =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  isName(value.id) &&
  (!('correlationId' in value) || value.correlationId === undefined || isName(value.correlationId))

/** Checks the envelope's fields and joins them with an already validated payload. Never throws for what they hold. */
export function draftOf<T extends string, P>(
  definition: EventDefinition<T, P>,
  raw: RawEnvelope,
  payload: P,
): EventDraft<T, P> | Invalid {
  const { id, timestamp, source, symbol, symbols, cause, correlationId, causationId } = raw
  const type = definition.type
  if (id !== undefined && !isName(id)) return refuse(type, raw, 'id')
  if (source !== undefined && !isName(source)) return refuse(type, raw, 'source')
  if (symbol !== undefined && !isName(symbol)) return refuse(type, raw, 'symbol')
  const names = symbols === undefined ? undefined : distinctNames(symbols, symbol)
  if (symbols !== undefined && names === undefined) return refuse(type, raw, 'symbols')
  if (correlationId !== undefined && !isName(correlationId)) return refuse(type, raw, 'correlationId')
  if (causationId !== undefined && !isName(causationId)) return refuse(type, raw, 'causationId')
  let epochMs: number | undefined
  if (timestamp !== undefined) {
    const time = toEpochMs(timestamp)
    if (typeof time === 'string') {
      return new Invalid(id, 'timestamp', `${type}: timestamp ${describeValue(timestamp)} ${time}`, timestamp)
    }
    epochMs = time
  }
  if (cause !== undefined && !isCause(cause)) {
    return new Invalid(id, 'cause', `${type}: cause is ${describeValue(cause)}: expected an accepted event`, cause)
  }
  return new EventDraft(
    definition,
    id,
    epochMs,
    source,
    symbol,
    names,
    payload,
    correlationId ?? (cause === undefined ? undefined : (cause.correlationId ?? cause.id)),
    causationId ?? cause?.id,
  )
}
