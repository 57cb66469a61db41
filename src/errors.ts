/**
 * Every error that Outcry throws or reports: code → what it means and what to do about it.
 * `docs/errors.md` is held to this table by a test.
 */
export const ERROR_CODES = {
  OUTCRY_OPTION_INVALID:
    'An option is missing, of the wrong kind or out of range. Correct the option at the path named.',
  OUTCRY_EVENT_INVALID: 'An event does not fit its type. Correct the value at the path named.',
  OUTCRY_EVENT_TYPE_CONFLICT: 'Two definitions claim one event type. Rename one of them.',
  OUTCRY_STRATEGY_INVALID: 'A strategy definition is not usable. Correct the field named.',
  OUTCRY_STRATEGY_DUPLICATE: 'Two strategies share one name. Names are how failures are told apart: rename one.',
  OUTCRY_STRATEGY_UNKNOWN: 'No strategy has that name.',
  OUTCRY_ENGINE_STATE: 'The engine cannot do that in its present state. The message names the state.',
  OUTCRY_START_FAILED: 'A part of the engine failed to start; what had started was stopped again. The cause says why.',
  OUTCRY_STOP_TIMEOUT: 'A part of the engine did not stop in time and was abandoned.',
  OUTCRY_ENGINE_STOPPED: 'The engine stopped while this was waiting.',
  OUTCRY_WAITS_FOR_ITSELF:
    'An asynchronous handler or hook asked for the end of what it is part of. Ask without waiting for it there.',
  OUTCRY_HANDLER_FAILED: 'A strategy handler threw or rejected. The cause is its own error.',
  OUTCRY_HANDLER_TIMEOUT: 'A strategy handler did not settle within its timeout.',
  OUTCRY_BREAKER_OPEN: 'A circuit breaker is open: calls are refused until it has cooled down.',
  OUTCRY_FEED_UNKNOWN_SCHEME: 'A feed is named with a scheme that does not exist. Use one of those listed.',
  OUTCRY_FEED_FILE: 'A feed file is missing, is not a regular file, or cannot be read.',
  OUTCRY_FEED_FORMAT: 'A feed file is not of the format its scheme promises.',
  OUTCRY_FEED_COLUMN: 'A CSV feed lacks a column that its mapping names.',
  OUTCRY_FEED_FAILED: 'A feed failed while it was being read. The cause says why.',
  OUTCRY_MODULE_INVALID: 'A module cannot be loaded or does not export what it should.',
  OUTCRY_SINK_FAILED: 'A sink could not take signals. The cause says why.',
  OUTCRY_JOURNAL_FAILED: 'The journal could not be read or written. The cause says why.',
  OUTCRY_JOURNAL_LOCKED:
    'Another process, or another engine of this one, has the journal open. Stop it, or name another journal.',
  OUTCRY_JOURNAL_FORMAT: 'The journal was written by a newer version. Use that version, or name another journal.',
  OUTCRY_JOURNAL_CORRUPT:
    'A part of the journal cannot be read. `outcry journal verify` says which; `onDamage: "quarantine"` sets it aside.',
  OUTCRY_INSPECTOR_FAILED: 'The inspector cannot be served: its port is taken, or its page is not in the package.',
  OUTCRY_TRACE_INVALID: 'A file is no recording of a run, or is broken at the line named.',
  OUTCRY_FILE_FAILED:
    'A file could not be written to its end, as on a full disk: what it holds is not whole. The cause says why.',
  OUTCRY_PEER_MISSING:
    'An optional package that this part of Outcry stands on is not installed. Install the one named.',
  OUTCRY_DEMO_DATA_MISSING: 'The data packages of the demonstration are not installed.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

export interface ErrorDetails {
  /** Where: an option's or a field's path, such as `queue.capacity`. */
  readonly path?: string
  /** The offending value, as it was given. */
  readonly value?: unknown
  readonly cause?: unknown
}

/** An error with a stable `code`; its message says what was wrong, where, and what to do. */
export class OutcryError extends Error {
  override readonly name = 'OutcryError'
  readonly path: string | undefined
  readonly value: unknown

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.path = details.path
    this.value = details.value
  }
}

export const isOutcryError = (error: unknown): error is OutcryError => error instanceof OutcryError
