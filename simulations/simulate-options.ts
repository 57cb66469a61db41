import { OutcryError } from 'outcry'
import { z } from 'zod'
import { FAULT_KINDS } from './swarm.js'

const fn = z.custom<unknown>((value) => typeof value === 'function', 'must be a function')
const seed = z.int().min(0)

/** As far as they can be told from outside; the made-up market checks its own. */
const schema = z.strictObject({
  seeds: z.union([z.int().min(1), z.array(seed).min(1)], 'must be a number of seeds from 1 up, or seeds').optional(),
  createEngine: z.custom<unknown>(
    (value) => typeof value === 'function',
    'must be a function that makes an engine: (environment) => createEngine({ environment, … })',
  ),
  events: z.union([fn, z.looseObject({})], 'must be options of the market, or a function of the seed').optional(),
  faults: z.array(z.enum(FAULT_KINDS)).optional(),
  invariants: z.array(fn).optional(),
  healMs: z.number().positive().optional(),
  keepGoing: z.boolean().optional(),
})

/** @throws {OutcryError} OUTCRY_OPTION_INVALID that names the first path that does not fit. */
export function checkSimulateOptions(options: unknown): void {
  const parsed = schema.safeParse(options)
  if (parsed.success) return
  // What is missing is worth more than what is too much: a slip of the hand often makes both.
  const issue = parsed.error.issues.find(({ code }) => code !== 'unrecognized_keys') ?? parsed.error.issues[0]
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : (issue?.path ?? [])
  const path = ['simulate', ...keys.map(String)].join('.')
  const what = issue?.code === 'unrecognized_keys' ? 'there is no such option' : (issue?.message ?? 'is invalid')
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${path}: ${what}`, { path })
}
