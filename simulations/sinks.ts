import type { SignalEvent, Sink } from 'outcry'
import type { Trouble } from './trouble.js'

/** A way out for signals that can be slow or broken, and that knows what it may expect. */
export function simulatedSink(
  name: string,
  trouble: Trouble,
  fail: (message: string) => void,
  over: () => boolean,
  retried: () => void,
  written: (signals: readonly SignalEvent[]) => void,
): Sink {
  let writing = false
  let acknowledged = 0
  let failed = 0
  let open = false
  return {
    name,
    wants: { late: true, replayed: true },
    async open() {
      open = true
    },
    write(signals: readonly SignalEvent[]) {
      written(signals)
      if (over()) fail(`was written to after the end`)
      if (!open) fail('was written to while it is not open')
      if (writing) fail('was written to before its last write had ended')
      const first = signals[0]?.sequence ?? 0
      if (first <= acknowledged) fail(`got signal ${first} again, which it had acknowledged`)
      if (failed > 0 && first === failed) retried()
      failed = first
      const done = (): void => {
        writing = false
        failed = 0
        acknowledged = signals.at(-1)?.sequence ?? acknowledged
      }
      const slow = trouble.write(name)
      if (slow === undefined) {
        done()
        return
      }
      writing = true
      return slow.then(done, (error: unknown) => {
        writing = false
        throw error
      })
    },
    async close() {
      open = false
    },
  }
}
