import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** What a process hears from outside, and how it ends at once. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
  exit(code: number): void
}

/**
 * SIGINT and SIGTERM: the first asks the run to handle what has come in and end, the second ends
 * the process at once. The exit code is the shell's convention: 128 and the signal's number.
 */
export class Interrupts {
  /** Resolves with the first signal. */
  readonly asked: Promise<void>
  /** Set by the first signal. */
  exitCode: number | undefined
  private readonly source: SignalSource
  private readonly resolve: () => void

  constructor(source: SignalSource) {
    this.source = source
    const { promise, resolve } = withResolvers()
    this.asked = promise
    this.resolve = resolve
  }

  /** Listens until the function that it returns is called. `onFirst` says that the wish was heard. */
  listen(onFirst: () => void): () => void {
    const listeners = SIGNALS.map((signal) => {
      const listener = (): void => {
        const code = 128 + constants.signals[signal]
        if (this.exitCode !== undefined) {
          this.source.exit(code)
          return
        }
        this.exitCode = code
        onFirst()
        this.resolve()
      }
      this.source.on(signal, listener)
      return [signal, listener] as const
    })
    return () => {
      for (const [signal, listener] of listeners) this.source.off(signal, listener)
    }
  }
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
