import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { match } from 'ts-pattern'
import { z } from 'zod'
import type { Environment } from '../environment/environment.js'
import { isOutcryError, OutcryError } from '../errors.js'
import { toWire } from '../events/wire.js'
import type { Journal } from '../journal/journal.js'
import { EXIT_FAILED, EXIT_OK, usageError } from './failure.js'
import type { Terminal } from './terminal.js'

const SCHEME = 'lmdb:'

const isServer = (spec: string): boolean => /^postgres(ql)?:\/\//.test(spec)

/** A password has no place in what is printed. */
export const withoutPassword = (spec: string): string => spec.replace(/(:\/\/[^:/@]*):[^@]*@/, '$1:…@')

/** Where a journal named on the command line lies. */
const journalPath = (spec: string): string => (spec.startsWith(SCHEME) ? spec.slice(SCHEME.length) : spec)

/** Whether an earlier run has written there. */
export async function journalExists(spec: string): Promise<boolean> {
  if (!isServer(spec)) return existsSync(join(journalPath(spec), 'data.mdb'))
  const { postgresJournalExists } = await optional(spec, 'pg', () => import('../journal/postgres/index.js'))
  return postgresJournalExists(spec)
}

/** @throws {OutcryError} OUTCRY_OPTION_INVALID where no earlier run has written; `flag` is what named the place. */
export async function requireJournal(spec: string, flag: string): Promise<void> {
  if (await journalExists(spec)) return
  const place = withoutPassword(spec)
  throw usageError(`there is no journal at ${place}`, flag, place)
}

/**
 * The journal that `--journal` names; lmdb and pg are loaded here and nowhere else.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID for what is no journal, or where its package is not installed.
 */
export async function journalOf(spec: string, onDamage: 'refuse' | 'quarantine' = 'refuse'): Promise<Journal> {
  if (isServer(spec)) {
    const { postgresJournal } = await optional(spec, 'pg', () => import('../journal/postgres/index.js'))
    return postgresJournal({ connectionString: spec, onDamage })
  }
  if (/^[a-z]+:\/\//.test(spec)) {
    const message = `--journal takes the path of a folder or postgres://… (got "${spec.split('://')[0]}://…")`
    throw usageError(message, '--journal', withoutPassword(spec))
  }
  const found = statSync(journalPath(spec), { throwIfNoEntry: false })
  if (found?.isDirectory() === false) {
    throw usageError(`--journal takes the path of a folder, and ${spec} is a file`, '--journal', spec)
  }
  const { lmdbJournal } = await optional(spec, 'lmdb', () => import('../journal/lmdb/index.js'))
  return lmdbJournal(journalPath(spec), { onDamage })
}

/** What stands on an optional peer. */
async function optional<T>(spec: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!isOutcryError(error) || error.code !== 'OUTCRY_PEER_MISSING') throw error
    const message = `--journal needs the package ${name}, which is not installed: npm install ${name}`
    const value = withoutPassword(spec)
    throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: '--journal', value, cause: error })
  }
}

const schema = z.strictObject({
  action: z.enum(['verify', 'export']),
  path: z.string().min(1),
  json: z.boolean().default(false),
  quarantine: z.boolean().default(false),
  types: z.array(z.string().min(1)).optional(),
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
})

export type JournalOptions = z.output<typeof schema>

/** @throws {OutcryError} OUTCRY_OPTION_INVALID for the first flag that makes no sense. */
export function parseJournalOptions(flags: Record<string, unknown>): JournalOptions {
  const parsed = schema.safeParse(flags)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0] ?? '')
  throw usageError(`--${name}: ${issue?.message ?? 'is invalid'}`, `--${name}`, flags[name])
}

export interface JournalPorts {
  readonly terminal: Terminal
  readonly environment: Environment
  readonly version: string
}

/** Events written at a time. */
const PAGE_CHARACTERS = 65_536

/**
 * `outcry journal`: reads all of a journal and checks it, or writes its events as lines of JSON.
 *
 * @returns the exit code: 0, or 1 where `verify` found something wrong.
 * @throws {OutcryError} for a journal that is not there, is in use or cannot be opened.
 */
export async function journalCommand(options: JournalOptions, ports: JournalPorts): Promise<number> {
  const { environment, version } = ports
  await requireJournal(options.path, 'path')
  const journal = await journalOf(options.path, options.quarantine ? 'quarantine' : 'refuse')
  await journal.open({ version, configuration: `journal ${options.action}`, startedAt: environment.now(), look: true })
  try {
    return await match(options.action)
      .with('verify', () => verify(journal, options, ports))
      .with('export', () => exported(journal, options, ports))
      .exhaustive()
  } finally {
    await journal.close('clean', environment.now())
  }
}

async function verify(journal: Journal, { json }: JournalOptions, { terminal }: JournalPorts): Promise<number> {
  const { runs: all, ...check } = await journal.verify()
  const runs = all.filter(({ look }) => look !== true)
  const { firstSequence, lastSequence, bytes } = journal.figures()
  const ok = check.problems.length === 0
  if (json) terminal.out.write(`${JSON.stringify({ ok, firstSequence, lastSequence, bytes, ...check, runs })}\n`)
  else {
    const lines = [
      `${journal.name}: ${check.events} events (${firstSequence} to ${lastSequence}) in ${check.blocks} blocks, ${check.dispatches} dispatch records`,
      ...runs.slice(-5).map(({ run, end, version }) => `  run ${run} of version ${version}: ${end ?? 'open'}`),
      ...check.problems.map((problem) => `  wrong: ${problem}`),
      ok ? '  nothing is wrong' : `  ${check.problems.length} problems`,
    ]
    terminal.out.write(`${lines.join('\n')}\n`)
  }
  return ok ? EXIT_OK : EXIT_FAILED
}

async function exported(journal: Journal, options: JournalOptions, { terminal }: JournalPorts): Promise<number> {
  const { types, from, to } = options
  const write = patientWriter(terminal)
  let text = ''
  const query = {
    ...(types === undefined ? {} : { types }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
  for await (const events of journal.read(query)) {
    for (const event of events) text += `${JSON.stringify(toWire(event))}\n`
    if (text.length < PAGE_CHARACTERS) continue
    // Whoever read has had what was wanted, as `| head` has.
    if (!(await write(text))) return EXIT_OK
    text = ''
  }
  if (text !== '') await write(text)
  return EXIT_OK
}

/**
 * Writes without filling the memory where a pipe is slower than the disk. What it returns answers false
 * once nobody reads any more.
 */
function patientWriter({ out }: Terminal): (text: string) => Promise<boolean> {
  let gone = false
  let goOn = (): void => {}
  // Standard output is never destroyed, so that its end is an event and no property.
  out.once?.('close', () => {
    gone = true
    goOn()
  })
  return async (text) => {
    if (!gone && out.write(text) === false) {
      await new Promise<void>((resolve) => {
        goOn = resolve
        out.once?.('drain', resolve)
      })
    }
    return !gone
  }
}
