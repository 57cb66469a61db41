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

function isNames(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length > SYMBOLS_MAX) return false
  for (let i = 0; i < value.length; i++) if (!isName(value[i])) return false
  return true
}

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
 * The symbols without repeats, and with `symbol` among them: half of real news names several, some
 * name one twice, and an event must reach a strategy once. A copy, so that the caller may go on
 * using his array. Without a Set, as there are few and a Set costs as much as all the rest.
 */
function distinct(symbols: readonly string[], symbol: string | undefined): readonly string[] {
  if (symbols.length > 16)
    return [...new Set(symbol === undefined || symbols.includes(symbol) ? symbols : [symbol, ...symbols])]
  const all: string[] = []
  if (symbol !== undefined && !symbols.includes(symbol)) all.push(symbol)
  for (let i = 0; i < symbols.length; i++) {
    const each = symbols[i]
    if (each !== undefined && !all.includes(each)) all.push(each)
  }
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
  if (symbols !== undefined && !isNames(symbols)) return refuse(type, raw, 'symbols')
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
    symbols === undefined ? undefined : distinct(symbols, symbol),
    payload,
    correlationId ?? (cause === undefined ? undefined : (cause.correlationId ?? cause.id)),
    causationId ?? cause?.id,
  )
}
