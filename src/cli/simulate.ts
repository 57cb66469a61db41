import { z } from 'zod'
import { describeValue } from '../events/invalid.js'
import { usageError } from './failure.js'
import { requireOtherFile } from './signals-file.js'

const MOST_SEEDS = 1_000_000
const seed = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** `7` or `1..300`. */
const range = z.string().transform((text, context) => {
  const match = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text.trim())
  const from = Number(match?.[1])
  const to = Number(match?.[2] ?? match?.[1])
  if (match === null || to < from || to - from >= MOST_SEEDS) {
    context.addIssue({ code: 'custom', message: 'is no range' })
    return z.NEVER
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
})

const schema = z.strictObject({
  seed: seed.optional(),
  seeds: range.optional(),
  scenario: z.string().min(1).default('swarm'),
  events: z.coerce.number().int().min(0).max(100_000_000).optional(),
  mutants: z.boolean().default(false),
  twice: z.boolean().default(false),
  allMarks: z.boolean().default(false),
  trace: z.string().min(1).optional(),
  shrink: z.string().min(1).optional(),
  json: z.boolean().default(false),
})

/** What `outcry simulate` is told. */
export interface SimulateOptions
  extends Omit<z.output<typeof schema>, 'seed' | 'seeds' | 'events' | 'trace' | 'shrink'> {
  readonly seeds: readonly number[]
  readonly events: number | undefined
  readonly trace: string | undefined
  readonly shrink: string | undefined
}

const WANTED: Readonly<Record<string, string>> = {
  seed: 'takes a whole number from 0 up',
  seeds: `takes a range such as 1..300, of at most ${MOST_SEEDS.toLocaleString('en-US')} seeds`,
  events: 'takes a whole number from 0 to 100,000,000',
}

/**
 * The flags of `outcry simulate` through their schema.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` that names the flag and the value.
 */
export function parseSimulateOptions(flags: Readonly<Record<string, unknown>>): SimulateOptions {
  const parsed = schema.safeParse(flags)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0] ?? '')
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const value = flags[name]
    throw usageError(
      `${flag} ${WANTED[name] ?? issue?.message ?? 'is invalid'} (got ${describeValue(value)})`,
      flag,
      value,
    )
  }
  const { seed: one, seeds, events, trace, shrink, ...rest } = parsed.data
  if (one !== undefined && seeds !== undefined)
    throw usageError('--seed and --seeds exclude each other', '--seeds', flags.seeds)
  if (trace !== undefined) requireOtherFile('--trace', trace, [rest.scenario])
  return { ...rest, seeds: seeds ?? [one ?? 1], events, trace, shrink }
}
