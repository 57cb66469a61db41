import type { DeadLetterDetail, DeadLetterFilter, DeadLetterSummary, Engine } from 'outcry'
import { z } from 'zod'
import { type Bounds, shown } from '../collect/redact.js'
import { viewEvent } from '../collect/view-event.js'
import type { DeadLetterList, DeadLetterRow, DeadLetterView } from '../protocol.js'
import { Refused } from './reply.js'

const query = z.object({
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  reason: z.string().max(200).optional(),
  strategy: z.string().max(200).optional(),
  type: z.string().max(200).optional(),
  symbol: z.string().max(100).optional(),
})

function rowOf(letter: DeadLetterSummary, bounds: Bounds): DeadLetterRow {
  const { id, at, reason, strategy, error, attempts, event } = letter
  return {
    id,
    at,
    reason,
    strategy,
    error,
    attempts,
    event: event === undefined ? undefined : viewEvent(event, bounds),
  }
}

/** A page of the dead letters, newest first. */
export function listLetters(engine: Engine, params: URLSearchParams, bounds: Bounds): DeadLetterList {
  const given = Object.fromEntries([...params].filter(([, value]) => value !== ''))
  const parsed = query.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new Refused(400, 'query', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is invalid'}`)
  }
  const { offset, limit, ...fields } = parsed.data
  const filter = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as DeadLetterFilter
  const letters = engine.deadLetters.list(filter, { offset, limit, first: 'newest' })
  return { total: engine.deadLetters.count(filter), offset, letters: letters.map((letter) => rowOf(letter, bounds)) }
}

export function viewLetter(engine: Engine, id: string, bounds: Bounds): DeadLetterView | undefined {
  const letter: DeadLetterDetail | undefined = engine.deadLetters.get(id)
  if (letter === undefined) return undefined
  const { code, stack, returns, bytes } = letter
  return { ...rowOf(letter, bounds), code, stack: shown(stack, bounds).value as string[], returns, bytes }
}
