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

/** A host's logger whose own failures go to `onError` and to nobody who only wanted something logged. */
export function guardedLog(log: Log, onError: (error: unknown) => void): Log {
  const guarded = (level: keyof Log) => (details: object, message: string) => {
    try {
      log[level](details, message)
    } catch (error) {
      onError(error)
    }
  }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
