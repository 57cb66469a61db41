/** Where a process tells of errors that nothing has caught. */
export interface UncaughtSource {
  on(name: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
  off(name: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
}

/** Hears of the errors that nothing has caught, instead of the process's end, until the function that it returns is called. */
export type WatchUncaught = (onError: (error: unknown) => void) => () => void

/** A user's own timers and promises run outside of any handler, so their errors reach nobody but the process. */
export const watchUncaught =
  (source: UncaughtSource): WatchUncaught =>
  (onError) => {
    source.on('uncaughtException', onError)
    source.on('unhandledRejection', onError)
    return () => {
      source.off('uncaughtException', onError)
      source.off('unhandledRejection', onError)
    }
  }
