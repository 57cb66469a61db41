import type { z } from 'zod'
import { OutcryError } from './errors.js'
import { describeValue } from './events/invalid.js'
import { safeParse, valueAt } from './safe-parse.js'

/**
 * Options from outside through their schema. `owner` says whose they are, such as `csvFeed`, and
 * begins the path that the message names.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` for the first option that does not fit.
 */
export function parseOptions<S extends z.ZodType>(schema: S, options: unknown, owner: string): z.output<S> {
  const result = safeParse(schema, options)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const keys: PropertyKey[] = [...(issue?.path ?? [])]
  if (issue?.code === 'unrecognized_keys' && issue.keys[0] !== undefined) keys.push(issue.keys[0])
  const path = [owner, ...keys.map(String)].join('.')
  const value = valueAt(options, keys)
  const what = issue?.code === 'unrecognized_keys' ? 'there is no such option' : (issue?.message ?? 'is invalid')
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${path}: ${what} (got ${describeValue(value)})`, { path, value })
}
