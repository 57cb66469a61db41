import { toWire } from '../events/wire.js'
import type { StoredLetter } from '../journal/records.js'
import { left, line, plural } from './format.js'

/** A dead letter as it is printed with `--json`: its event in wire form, null where the input was none. */
export const letterJson = ({ id, event, strategy, reason, error, attempts, returns, at }: StoredLetter) => ({
  id,
  strategy: strategy ?? null,
  reason,
  error: error.message,
  code: error.code ?? null,
  stack: error.stack,
  attempts,
  returns,
  at,
  event: event === undefined ? null : toWire(event),
})

const timeOf = (epochMs: number): string => {
  const date = new Date(epochMs)
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString()
}

const aboutOf = ({ event }: StoredLetter): string =>
  event === undefined ? 'no event' : [event.type, event.symbol].filter((part) => part !== undefined).join(' ')

/** A line for each letter, in columns, the error last, as it may be long. */
export function letterLines(letters: readonly StoredLetter[], columns: number | undefined): string[] {
  const rows = letters.map((letter) => [
    letter.id,
    timeOf(letter.at),
    letter.reason,
    line(letter.strategy ?? '-', 32),
    line(aboutOf(letter), 40),
    line(letter.error.message),
  ])
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    line(row.map((text, column) => left(text, widths[column] ?? 0)).join('  '), Math.max(60, columns ?? 200)),
  )
}

/** All that is known of one letter. */
export function letterText(letter: StoredLetter): string[] {
  const { id, strategy, reason, error, attempts, returns, at, event } = letter
  const rows: [string, string][] = [
    ['id', id],
    ['entered', timeOf(at)],
    ['reason', reason],
    ['strategy', strategy ?? 'none: it reached none'],
    ['error', `${line(error.message)}${error.code === undefined ? '' : ` (${error.code})`}`],
    ['attempts', returns === 0 ? String(attempts) : `${attempts}, and put back ${plural(returns, 'time')}`],
    ['event', event === undefined ? 'none: the input was no event' : JSON.stringify(toWire(event))],
  ]
  return [...rows.map(([name, text]) => `${left(name, 10)}${text}`), ...error.stack.map((frame) => `  ${line(frame)}`)]
}
