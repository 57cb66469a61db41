import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Machine } from '../harness/machine.js'
import type { Ratios } from '../harness/pairs.js'
import type { Figure } from '../rows/figures.js'

/** What a row's figures meant when they were taken. */
export interface About {
  readonly title: string
  readonly figures: readonly Figure[]
  /** Of how many runs its figures are the median; undefined where that was not written down. */
  readonly runs?: number | undefined
}

/** What a row measured, by name: null where a figure could not be had. */
export type Measured = Readonly<Record<string, number | null>>

/** A run as it was printed by `--json` or kept by `--save`. */
export interface Run {
  readonly machine: Machine
  readonly short: boolean
  /** Rounds, of which medians were taken; of rows that take long fewer, as `about` says. */
  readonly runs: number
  /** When it began, ISO 8601 in UTC. */
  readonly at: string
  /** Of the contests that it had, by row. */
  readonly ratios: Readonly<Record<string, Ratios>>
  /** The same, measured as `--short` does; in a run that was kept. Empty where it was not measured. */
  readonly shortForm: Readonly<Record<string, Ratios>>
  /** By row; in a run that was kept. */
  readonly about: Readonly<Record<string, About>>
  /** Rows that were measured: one that was skipped is not among them. */
  readonly rows: Readonly<Record<string, Measured>>
}

const byName = <T extends z.ZodType>(schema: T) => z.record(z.string(), schema)

const Ratio = z.object({
  events: z.number(),
  pairs: z.number(),
  wall: byName(z.number()),
  processor: byName(z.number()),
})

const Head = z.object({
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryGiB: z.number(),
    platform: z.string(),
    node: z.string(),
    v8: z.string(),
    commit: z.string(),
  }),
  short: z.boolean(),
  runs: z.number(),
  at: z.iso.datetime(),
  ratios: byName(Ratio).default({}),
  shortForm: byName(Ratio).default({}),
  about: byName(
    z.object({
      title: z.string(),
      figures: z.array(
        z.object({ name: z.string(), title: z.string(), digits: z.number(), asked: z.string().default('') }),
      ),
      runs: z.int().min(1).optional(),
    }),
  ).default({}),
})

/** A row that could not run says why in one word more, and counts as not measured. */
const Rows = byName(
  z.union([z.strictObject({ skipped: z.string() }).transform(() => undefined), byName(z.number().nullable())]),
)

const check = <T extends z.ZodType>(schema: T, value: unknown, source: string): z.output<T> => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new Error([source, issue?.path.join('.') ?? '', issue?.message ?? 'is invalid'].filter(Boolean).join(': '))
}

/**
 * A run from its JSON, in which each row stands beside what is said of the whole.
 *
 * @param source What the error names, such as the path of the file.
 * @throws Error for the first field that does not fit, or what is no JSON.
 */
export const parseRun = (text: string, source: string): Run => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Error(`${source}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  const head = check(Head, json, source)
  const rest = Object.entries(json as object).filter(([name]) => !(name in Head.shape))
  const rows: Record<string, Measured> = {}
  for (const [name, row] of Object.entries(check(Rows, Object.fromEntries(rest), source))) {
    if (row !== undefined) rows[name] = row
  }
  return { ...head, rows }
}

/**
 * Every kept run of a folder, oldest first: their names begin with the time.
 *
 * @throws Error that names the file for one that is no full run.
 */
export const readResults = (folder: string): readonly Run[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-\d{2}-\d{2}-.+\.json$/.test(name))
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const run = parseRun(readFileSync(path, 'utf8'), path)
      if (run.short) throw new Error(`${path}: short: what is kept is a full run`)
      return run
    })
