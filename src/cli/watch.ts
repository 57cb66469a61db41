import type { Engine } from '../../actors/api.js'
import { announce, inspectorSettings, type LoadInspector } from './inspect.js'
import type { Interrupts } from './interrupts.js'
import type { RunOptions } from './options.js'
import type { Terminal } from './terminal.js'

/** Who looks on while a run goes by. */
export interface Watch {
  /** Whether the run was over and waited for whoever was still looking. */
  readonly lingered: boolean
  /**
   * Waits, once all is handled, until nobody looks any more or the user interrupts. On a terminal the
   * page may be opened then for the first time.
   */
  linger(): Promise<void>
  close(digest: string | undefined): Promise<void>
}

const NOBODY: Watch = { lingered: false, linger: () => Promise.resolve(), close: () => Promise.resolve() }

/** Opens the inspector and the recording that a run is asked for, before its engine starts. */
export async function watchRun(
  engine: Engine,
  title: string,
  options: Pick<RunOptions, 'inspect' | 'record' | 'allowActions' | 'quiet'>,
  ports: { readonly terminal: Terminal; readonly interrupts: Interrupts; readonly inspector: LoadInspector },
): Promise<Watch> {
  const { inspect: port, record: file, allowActions, quiet } = options
  if (port === undefined && file === undefined) return NOBODY
  const { terminal, interrupts } = ports
  const { err } = terminal
  const { inspect, record } = await ports.inspector()
  const recording = file === undefined ? undefined : record(engine, { file, title })
  const inspector =
    port === undefined ? undefined : await inspect(engine, inspectorSettings(terminal, { port, allowActions }))
  if (inspector !== undefined) announce(terminal, inspector)
  let lingered = false
  return {
    get lingered() {
      return lingered
    },
    async linger() {
      if (inspector === undefined || interrupts.exitCode !== undefined) return
      const terminalUser = err.isTTY === true
      if (inspector.pages === 0 && !terminalUser) return
      lingered = true
      if (!quiet) err.write('outcry: all is handled; the inspector stays open until Ctrl-C\n')
      await Promise.race([interrupts.asked, ...(terminalUser ? [] : [inspector.whenAlone()])])
    },
    async close(digest) {
      await inspector?.close()
      const { leftOut = 0 } = recording?.close(digest) ?? {}
      if (leftOut > 0 && !quiet)
        err.write(`outcry: the recording reached its bound: ${leftOut} entries were not written\n`)
    },
  }
}
