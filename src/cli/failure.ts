import { type ErrorCode, isOutcryError, OutcryError } from '../errors.js'
import { line } from './format.js'

/** What the process answers with. */
export const EXIT_OK = 0
export const EXIT_FAILED = 1
export const EXIT_BAD_INPUT = 2

/** Errors that the user's words or files are to blame for, not the run. */
const BAD_INPUT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OUTCRY_OPTION_INVALID',
  'OUTCRY_EVENT_TYPE_CONFLICT',
  'OUTCRY_STRATEGY_INVALID',
  'OUTCRY_STRATEGY_DUPLICATE',
  'OUTCRY_FEED_UNKNOWN_SCHEME',
  'OUTCRY_FEED_FILE',
  'OUTCRY_FEED_FORMAT',
  'OUTCRY_FEED_COLUMN',
  'OUTCRY_MODULE_INVALID',
  'OUTCRY_TRACE_INVALID',
  'OUTCRY_INSPECTOR_FAILED',
  'OUTCRY_DEMO_DATA_MISSING',
])

/** An error and what lies underneath it, outermost first; a cause that leads back to itself ends it. */
function chain(error: unknown): unknown[] {
  const errors: unknown[] = []
  let at: unknown = error
  while (at !== undefined && at !== null && !errors.includes(at)) {
    errors.push(at)
    at = at instanceof Error ? at.cause : undefined
  }
  return errors
}

/** The bad input at the root of an error: a failed start, say, whose cause is a missing file. */
export const badInput = (error: unknown): OutcryError | undefined =>
  chain(error)
    .filter(isOutcryError)
    .find(({ code }) => BAD_INPUT.has(code))

export const exitCodeOf = (error: unknown): number => (badInput(error) === undefined ? EXIT_FAILED : EXIT_BAD_INPUT)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error))

/** One clear line, without its end: what is wrong, and the code to look up. */
export function oneLine(error: unknown): string {
  const blamed = badInput(error)
  if (blamed !== undefined) return line(`outcry: ${blamed.message} (${blamed.code})`)
  const [first, ...causes] = chain(error)
  const code = isOutcryError(first) ? ` (${first.code})` : ''
  const said = messageOf(first)
  // Messages often quote their cause: what was said already is not said again.
  const more = causes.map(messageOf).filter((text) => !said.includes(text))
  return line(['outcry: ', said, code, ...more.map((text) => `: ${text}`)].join(''))
}

/** What the command line was told makes no sense. */
export const usageError = (message: string, path: string, value?: unknown): OutcryError =>
  new OutcryError('OUTCRY_OPTION_INVALID', message, { path, value })
