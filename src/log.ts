/** The part of pino's interface that Outcry uses. */
export interface Log {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

const nothing = (): void => {}

/** Says nothing: the default of an embedded engine. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
