import { OutcryError } from 'outcry'
import { z } from 'zod'
import { FAULT_KINDS, OWN_RUN_FAULTS } from './swarm.js'

const fn = z.custom<unknown>((value) => typeof value === 'function', 'must be a function')
const seed = z.int().min(0)

const OF_OWN_RUNS: ReadonlySet<string> = new Set(OWN_RUN_FAULTS)
const faultKind = z
  .enum(FAULT_KINDS)
  .refine(
    (kind) => !OF_OWN_RUNS.has(kind),
    'happens in the engine’s own runs alone (outcry simulate): yours brings its own',
  )

/** As far as they can be told from outside; the made-up market checks its own. */
const schema = z.strictObject({
  seeds: z.union([z.int().min(1), z.array(seed).min(1)], 'must be a number of seeds from 1 up, or seeds').optional(),
  createEngine: z.custom<unknown>(
    (value) => typeof value === 'function',
    'must be a function that makes an engine: (environment) => createEngine({ environment, … })',
  ),
  events: z.union([fn, z.looseObject({})], 'must be options of the market, or a function of the seed').optional(),
  faults: z.array(faultKind).optional(),
  invariants: z.array(fn).optional(),
  healMs: z.number().positive().optional(),
  keepGoing: z.boolean().optional(),
})

/** A run that would last longer than that is a slip of the unit. Milliseconds: a year. */
const LATEST_MS = 366 * 86_400_000

const eventsSchema = z.array(
  z.strictObject({ atMs: z.number().min(0).max(LATEST_MS), event: z.unknown() }),
  'must be a list of { atMs, event }',
)

/** @throws {OutcryError} OUTCRY_OPTION_INVALID that names the first path that does not fit. */
export function checkSimulateOptions(options: unknown): void {
  const parsed = schema.safeParse(options)
  if (!parsed.success) refuse(parsed.error, 'simulate')
}

/**
 * What a function of the user's gave as the events of a seed, in the order of their times.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID that names the first path that does not fit.
 */
export function checkEvents(events: unknown, seed: number): { readonly atMs: number; readonly event: unknown }[] {
  const parsed = eventsSchema.safeParse(events)
  if (!parsed.success) refuse(parsed.error, `simulate.events(${seed})`)
  return parsed.data.toSorted((a, b) => a.atMs - b.atMs)
}

function refuse(error: z.ZodError, owner: string): never {
  // What is missing is worth more than what is too much: a slip of the hand often makes both.
  const issue = error.issues.find(({ code }) => code !== 'unrecognized_keys') ?? error.issues[0]
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : (issue?.path ?? [])
  const path = [owner, ...keys.map(String)].join('.')
  const what = issue?.code === 'unrecognized_keys' ? 'there is no such option' : (issue?.message ?? 'is invalid')
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${path}: ${what}`, { path })
}
