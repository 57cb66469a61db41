import { z } from 'zod'
import { DEAD_LETTER_REASONS } from '../dead-letters/letter.js'
import { type DeadLetterFilter, matches } from '../dead-letters/options.js'
import { describeValue } from '../events/invalid.js'
import type { Journal } from '../journal/journal.js'
import type { StoredLetter } from '../journal/records.js'
import { EXIT_OK, usageError } from './failure.js'
import { count, plural } from './format.js'
import { type JournalPorts, journalOf, requireJournal } from './journal.js'
import { letterJson, letterLines, letterText } from './letters.js'
import { parseRunOptions, type RunOptions } from './options.js'
import { moment } from './replay.js'

const name = z.string().trim().regex(/^[^-]/)

const schema = z.strictObject({
  action: z.enum(['list', 'show', 'discard', 'redrive']),
  ids: z.array(name).default([]),
  journal: name,
  reason: z.enum(DEAD_LETTER_REASONS).optional(),
  of: name.optional(),
  type: name.optional(),
  symbol: name.optional(),
  since: moment,
  limit: z.coerce.number().int().min(1).max(10_000_000).optional(),
  newest: z.boolean().default(false),
  all: z.boolean().default(false),
  json: z.boolean().default(false),
})

const WANTED: Readonly<Record<string, string>> = {
  journal: 'takes the folder of a journal, or postgres://…',
  reason: `takes one of ${DEAD_LETTER_REASONS.join(', ')}`,
  of: 'takes the name of a strategy',
  type: 'takes an event type',
  symbol: 'takes a symbol',
  since: 'takes UTC epoch milliseconds or an ISO 8601 time with an offset',
  limit: 'takes a number from 1 up',
}

/** Letters that `list` prints where no other number is asked for. */
const LISTED = 100

/** What `outcry dead-letters` is told. */
export interface DeadLettersOptions extends z.output<typeof schema> {
  /** For `redrive`: the run that delivers them. */
  readonly run: RunOptions | undefined
}

/**
 * The arguments of `outcry dead-letters` through their schema.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` that names the flag and the value.
 */
export function parseDeadLettersOptions(
  action: DeadLettersOptions['action'],
  ids: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): DeadLettersOptions {
  const { strategy, signals, quiet, logLevel, ...own } = flags
  const parsed = schema.safeParse({ ...own, action, ids })
  if (!parsed.success) {
    const key = String(parsed.error.issues[0]?.path[0] ?? '')
    const flag = key === 'ids' ? 'id' : `--${key}`
    const value = key === 'ids' ? ids : own[key]
    throw usageError(`${flag} ${WANTED[key] ?? 'is invalid'} (got ${describeValue(value)})`, flag, value)
  }
  const { data } = parsed
  const narrowed = data.ids.length > 0 || Object.values(filterOf(data)).some((value) => value !== undefined)
  if ((action === 'discard' || action === 'redrive') && !narrowed && !data.all)
    throw usageError(`dead-letters ${action} needs the ids of letters, a filter such as --reason, or --all`, '--all')
  if (action !== 'redrive') return { ...data, run: undefined }
  if (strategy === undefined)
    throw usageError('dead-letters redrive needs --strategy with the modules of the strategies', '--strategy')
  const { journal, json } = data
  return { ...data, run: parseRunOptions({ strategy, signals, quiet, logLevel, journal, json }) }
}

/** What the filter flags ask for, as `engine.deadLetters` takes it. */
export const filterOf = ({
  reason,
  of: strategy,
  type,
  symbol,
  since,
}: Pick<DeadLettersOptions, 'reason' | 'of' | 'type' | 'symbol' | 'since'>): DeadLetterFilter => ({
  reason,
  strategy,
  type,
  symbol,
  since,
})

function wantedBy(options: DeadLettersOptions): (letter: StoredLetter) => boolean {
  const filter = filterOf(options)
  const named = new Set(options.ids)
  return (letter) => (named.size === 0 || named.has(letter.id)) && matches(filter, letter)
}

/** @throws OutcryError `OUTCRY_OPTION_INVALID` for the first id that no letter has. */
export function requireHeld(ids: readonly string[], isHeld: (id: string) => boolean): void {
  const missing = ids.find((id) => !isHeld(id))
  if (missing !== undefined) throw usageError(`no dead letter of this journal has the id ${missing}`, 'id', missing)
}

/**
 * `outcry dead-letters list`, `show` and `discard`: what strategies failed on, in a journal that no run has open.
 *
 * @returns the exit code.
 * @throws OutcryError for a journal that is not there, is in use or cannot be opened, and for an id that is not held.
 */
export async function deadLettersCommand(options: DeadLettersOptions, ports: JournalPorts): Promise<number> {
  const { environment, version, terminal } = ports
  const { action, ids, json } = options
  await requireJournal(options.journal, '--journal')
  const journal = await journalOf(options.journal)
  const configuration = `dead-letters ${action}`
  const { letters } = await journal.open({ version, configuration, startedAt: environment.now(), look: true })
  try {
    const held = new Set(letters.map(({ id }) => id))
    requireHeld(ids, (id) => held.has(id))
    const wanted = letters.filter(wantedBy(options))
    if (action === 'discard') await discard(journal, wanted, options, ports)
    else if (action === 'show') {
      const text = wanted.map((letter) => (json ? JSON.stringify(letterJson(letter)) : letterText(letter).join('\n')))
      terminal.out.write(`${text.join(json ? '\n' : '\n\n')}\n`)
    } else list(wanted, letters.length, options, ports)
  } finally {
    await journal.close('clean', environment.now())
  }
  return EXIT_OK
}

function list(wanted: readonly StoredLetter[], held: number, options: DeadLettersOptions, ports: JournalPorts): void {
  const { json, newest, limit = LISTED } = options
  const { out } = ports.terminal
  const shown = newest ? wanted.slice(-limit).reverse() : wanted.slice(0, limit)
  if (json) {
    out.write(`${JSON.stringify({ held, matching: wanted.length, letters: shown.map(letterJson) })}\n`)
    return
  }
  const rest = wanted.length - shown.length
  const lines = [
    `${wanted.length === held ? '' : `${count(wanted.length)} of `}${plural(held, 'dead letter')}`,
    ...letterLines(shown, out.columns || undefined),
    ...(rest > 0 ? [`… and ${count(rest)} more`] : []),
  ]
  out.write(`${lines.join('\n')}\n`)
}

async function discard(
  journal: Journal,
  wanted: readonly StoredLetter[],
  { json }: DeadLettersOptions,
  { terminal }: JournalPorts,
): Promise<void> {
  if (wanted.length > 0) await journal.append({ lettersGone: wanted.map(({ id }) => id) }, true)
  const { length } = wanted
  terminal.out.write(
    json ? `${JSON.stringify({ discarded: length })}\n` : `${plural(length, 'dead letter')} discarded\n`,
  )
}
