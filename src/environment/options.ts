import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { safeParse, valueAt } from '../safe-parse.js'

/** What both environments take. */
export interface EnvironmentOptions {
  /**
   * Seed of the random streams: a finite number. The system's environment takes one from the
   * operating system where none is given; the data's is 0.
   */
  readonly seed?: number
  /** Told of what a timer's or a yield's callback threw; the clock goes on. */
  readonly onError?: (error: unknown) => void
}

const callback = z.custom<(error: unknown) => void>((value) => typeof value === 'function', 'must be a function')

export const environmentOptions = z.strictObject({ seed: z.number().optional(), onError: callback.optional() })

/** @throws OutcryError `OUTCRY_OPTION_INVALID` that names the first path and value that do not fit. */
export function checkOptions(schema: z.ZodType, options: object): void {
  const checked = safeParse(schema, options)
  if (checked.success) return
  const issue = checked.error.issues[0]
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : (issue?.path ?? [])
  const path = keys.map(String).join('.')
  const value = valueAt(options, keys)
  const shown =
    typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value)
  throw new OutcryError(
    'OUTCRY_OPTION_INVALID',
    `environment option ${path} is ${shown}: ${issue?.message ?? 'invalid'}`,
    { path, value },
  )
}
