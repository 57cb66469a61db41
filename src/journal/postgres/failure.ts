import { isOutcryError, OutcryError } from '../../errors.js'

/** SQLSTATE of what a server answers, or the system's own code where none answered. */
export const codeOf = (error: unknown): string | undefined => {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** What to do about it, where the server's own words do not say. */
const ADVICE: Readonly<Record<string, string>> = {
  '53300':
    'has no connection left. Close some, lower `pool.max` of those who use it, or raise its `max_connections` or the limit of the role',
  '57P03': 'is starting up or shutting down',
  '28P01': 'does not know that user and password',
  '28000': 'does not let that user in',
  '3D000': 'has no such database',
  '42501': 'does not allow that to this user: it needs a schema of its own, or CREATE on the database',
  '53100': 'has no room left on its disk',
}

/** Classes of SQLSTATE that stay what they are until somebody changes the server or the options. */
const LASTING = ['28', '3D', '42', '22', '0A']

/** An error of the server or of the way to it, as one of the journal's. */
export function journalError(name: string, what: string, cause: unknown): OutcryError {
  if (isOutcryError(cause)) return cause
  const code = codeOf(cause)
  const why = cause instanceof Error && cause.message !== '' ? cause.message : (code ?? String(cause))
  const advice = code === undefined ? undefined : ADVICE[code]
  const message = advice === undefined ? `${name} ${what}: ${why}` : `${name} ${what}: the server ${advice} (${why})`
  return new OutcryError('OUTCRY_JOURNAL_FAILED', message, { path: name, cause })
}

/** Whether it may go away by itself. */
export function mayPass(error: unknown): boolean {
  if (isOutcryError(error)) return error.code === 'OUTCRY_JOURNAL_FAILED' && mayPass(error.cause)
  const code = codeOf(error)
  return code === undefined || !LASTING.some((of) => code.length === 5 && code.startsWith(of))
}

/** Whether a connection can be used after it. One whose answer is still to come cannot. */
export function outlives(error: unknown): boolean {
  const code = codeOf(error)
  return code?.length === 5 && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57P') && !code.startsWith('08')
}
