import { z } from 'zod'
import { describeValue } from '../events/invalid.js'
import { usageError } from './failure.js'

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const

const speed = z.union([
  z.literal('max').transform(() => Number.POSITIVE_INFINITY),
  z.coerce.number().positive().max(1_000_000),
])

/** A flag is no value: `--signals --json` has forgotten its file, and does not mean one of that name. */
const spec = z.string().trim().regex(/^[^-]/)

/** A flag without a value takes any port that is free. */
const port = z.union([z.literal(true).transform(() => 0), z.coerce.number().int().min(0).max(65_535)])

/** What `outcry run` is told, by the long names of its flags. */
const runOptions = z.strictObject({
  feed: z.array(spec).max(1_000).default([]),
  strategy: z.array(spec).max(1_000).default([]),
  sort: z.boolean().default(false),
  speed: speed.default(Number.POSITIVE_INFINITY),
  signals: spec.optional(),
  journal: spec.optional(),
  durability: z.enum(['none', 'interval', 'chunk']).optional(),
  record: spec.optional(),
  inspect: port.optional(),
  allowActions: z.boolean().default(false),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  logLevel: z.enum(LOG_LEVELS).default('silent'),
})

export type RunOptions = z.output<typeof runOptions>

/** What each flag takes, in the words of its error. */
const WANTED: Readonly<Record<string, string>> = {
  feed: 'takes a feed such as ndjson:news.ndjson',
  strategy: 'takes the path of a module',
  speed: 'takes a number above 0 and at most 1,000,000, or max',
  signals: 'takes the path of a file',
  record: 'takes the path of a file',
  inspect: 'takes a port from 0 to 65,535, or nothing for any that is free',
  logLevel: `takes one of ${LOG_LEVELS.join(', ')}`,
}

/**
 * The flags of `outcry run` through their schema.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` that names the flag and the value.
 */
export function parseRunOptions(flags: Readonly<Record<string, unknown>>): RunOptions {
  const parsed = runOptions.safeParse(flags)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0] ?? (issue?.code === 'unrecognized_keys' ? issue.keys[0] : ''))
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const given = flags[name]
  const item = issue?.path[1]
  const value = Array.isArray(given) && typeof item === 'number' ? given[item] : given
  throw usageError(
    `${flag} ${WANTED[name] ?? issue?.message ?? 'is invalid'} (got ${describeValue(value)})`,
    flag,
    value,
  )
}
