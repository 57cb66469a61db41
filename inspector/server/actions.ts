import { type DeadLetterFilter, type Engine, isOutcryError } from 'outcry'
import { z } from 'zod'
import type { Action, ActionAnswer, LetterFilter } from '../protocol.js'
import { Refused } from './reply.js'

const name = z.string().min(1).max(200)
const symbol = z.string().min(1).max(100)

const filter = z.strictObject({
  id: name.optional(),
  reason: name.optional(),
  strategy: name.optional(),
  type: name.optional(),
  symbol: symbol.optional(),
})

const schema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['engine.pause', 'engine.resume']) }),
  z.strictObject({ action: z.literal('engine.halt'), symbol: symbol.optional(), reason: z.string().min(1).max(200) }),
  z.strictObject({ action: z.literal('engine.reset'), symbol: symbol.optional() }),
  z.strictObject({ action: z.enum(['breaker.isolate', 'breaker.reset', 'breaker.trip', 'breaker.disable']), name }),
  z.strictObject({ action: z.enum(['strategy.pause', 'strategy.resume', 'strategy.restart']), name }),
  z.strictObject({
    action: z.literal('deadLetters.redrive'),
    filter,
    limit: z.int().min(1).max(10_000).optional(),
  }),
  z.strictObject({ action: z.literal('deadLetters.discard'), filter }),
])

/** Checks what a page asks for. */
export function parseAction(body: unknown): Action {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data as Action
  const issue = parsed.error.issues[0]
  const path = (issue?.path ?? []).map(String).join('.')
  throw new Refused(400, 'action', `The action is invalid${path === '' ? '' : ` at ${path}`}: ${issue?.message ?? ''}`)
}

const without = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T

const filterOf = (filter: LetterFilter): DeadLetterFilter => without(filter) as DeadLetterFilter

async function apply(engine: Engine, action: Action): Promise<Record<string, number | string | boolean>> {
  switch (action.action) {
    case 'engine.pause':
      engine.pause()
      return {}
    case 'engine.resume':
      engine.resume()
      return {}
    case 'engine.halt':
      engine.halt(without({ symbol: action.symbol, reason: action.reason }) as { reason: string })
      return {}
    case 'engine.reset':
      return { reset: engine.reset(action.symbol === undefined ? {} : { symbol: action.symbol }) }
    case 'breaker.isolate':
    case 'breaker.reset':
    case 'breaker.trip':
    case 'breaker.disable': {
      const breaker = engine.breaker(action.name)
      breaker[action.action.slice('breaker.'.length) as 'isolate' | 'reset' | 'trip' | 'disable']()
      return { state: breaker.state }
    }
    case 'strategy.pause':
      engine.strategies.pause(action.name)
      return {}
    case 'strategy.resume':
      engine.strategies.resume(action.name)
      return {}
    case 'strategy.restart':
      await engine.strategies.restart(action.name)
      return {}
    case 'deadLetters.redrive': {
      const options = action.limit === undefined ? {} : { limit: action.limit }
      const summary = await engine.deadLetters.redrive(filterOf(action.filter), options)
      return { ...summary }
    }
    case 'deadLetters.discard':
      return { discarded: engine.deadLetters.discard(filterOf(action.filter)) }
  }
}

/** Does it; what the engine refuses is an answer and no failure of the server. */
export async function act(engine: Engine, action: Action): Promise<ActionAnswer> {
  try {
    return { ok: true, result: await apply(engine, action) }
  } catch (error) {
    const code = isOutcryError(error) ? error.code : 'OUTCRY_INSPECTOR_FAILED'
    return { ok: false, code, message: error instanceof Error ? error.message.slice(0, 500) : String(error) }
  }
}
