/** How long to wait between attempts to connect. */
export interface ConnectionBackoff {
  /** Before the second attempt; doubled with each. Milliseconds. */
  readonly initialMs: number
  /** The longest wait, jitter included. Milliseconds. */
  readonly maxMs: number
  /** The share by which a wait may be longer or shorter, from 0 to 1. */
  readonly jitter: number
  /** Attempts before the first success, after which it is given up; once it was there, no number is too many. */
  readonly attempts: number
}

/**
 * What stands between a journal and its server. An engine keeps it under a connection actor, which
 * connects before the journal is opened and again whenever it is lost. A journal that is used without an
 * engine connects by itself.
 */
export interface JournalConnection {
  readonly backoff: ConnectionBackoff
  /**
   * Connects and takes possession of the journal. Does nothing while it is connected.
   *
   * @throws {OutcryError} of a code `OUTCRY_JOURNAL_…`; then it is not connected, and may be asked again.
   */
  connect(): Promise<void>
  /** Lets go of everything. Idempotent; never rejects. */
  disconnect(): Promise<void>
  /** Whether another attempt may help where one failed with `error`. */
  mayRetry(error: unknown): boolean
  /** Who is told, once for each time that it is lost; from then on somebody else sees to connecting again. */
  watch(onLost: (error: unknown) => void): void
}
