import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { BreakerOptions } from '../breaker/policy.js'
import { OutcryError } from '../errors.js'
import { toWire } from '../events/wire.js'
import { parseOptions } from '../options.js'
import type { SignalEvent, Sink } from './sink.js'

export interface NdjsonSinkOptions {
  /** Keep what the file holds and add to it. Default: false, the file begins empty. */
  readonly append?: boolean
  /** How its circuit breaker judges; `false` for none. See {@link Sink.breaker}. */
  readonly breaker?: BreakerOptions | false
}

const schema = z.strictObject({
  append: z.boolean().default(false),
  // The engine checks it, as of any sink.
  breaker: z.custom<BreakerOptions | false>(() => true).optional(),
})

const NEWLINE = 10

/**
 * Writes signals to a file, one JSON object a line in the wire form that `ndjson:` reads. The file
 * and its folders are made where they are missing. A write is acknowledged when the operating system
 * has taken it, and `close` waits until it is on the disk.
 *
 * A write that fails is taken back as far as the file allows, so that one which is tried again
 * leaves neither half a line nor a signal twice.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`; from its methods: `OUTCRY_SINK_FAILED`.
 */
export function ndjsonSink(path: string, options: NdjsonSinkOptions = {}): Sink {
  const { append, breaker } = parseOptions(schema, options, 'ndjsonSink')
  const name = `ndjson:${path}`
  let file: FileHandle | undefined
  let regular = false
  /** Length of the file with all that was acknowledged. */
  let end = 0

  const failed = (cause: unknown): OutcryError =>
    cause instanceof OutcryError
      ? cause
      : new OutcryError('OUTCRY_SINK_FAILED', `${name}: ${cause instanceof Error ? cause.message : cause}`, {
          path: name,
          value: path,
          cause,
        })

  /** A run that was killed may have left half a line behind: what follows must not be glued to it. */
  async function closeLastLine(handle: FileHandle): Promise<void> {
    if (end === 0) return
    const last = Buffer.alloc(1)
    await handle.read(last, 0, 1, end - 1)
    if (last[0] === NEWLINE) return
    await handle.appendFile('\n')
    end += 1
  }

  return {
    name,
    ...(breaker === undefined ? {} : { breaker }),
    async open() {
      if (file !== undefined) return
      let handle: FileHandle | undefined
      try {
        await mkdir(dirname(path), { recursive: true })
        handle = await open(path, append ? 'a+' : 'w')
        const found = await handle.stat()
        regular = found.isFile()
        end = regular ? found.size : 0
        if (append && regular) await closeLastLine(handle)
        file = handle
      } catch (error) {
        await handle?.close()
        throw failed(error)
      }
    },
    async write(signals: readonly SignalEvent[]) {
      if (file === undefined) throw failed(new Error('the file is not open'))
      if (signals.length === 0) return
      try {
        let text = ''
        for (const signal of signals) text += `${JSON.stringify(toWire(signal))}\n`
        const bytes = Buffer.from(text)
        for (let done = 0; done < bytes.length; ) {
          // The position is given, so that a write after one taken back begins where that one did.
          const position = regular && !append ? end + done : null
          done += (await file.write(bytes, done, bytes.length - done, position)).bytesWritten
        }
        end += bytes.length
      } catch (error) {
        // The reason why the write failed is worth more than that taking it back failed, too.
        if (regular) await file.truncate(end).catch(() => undefined)
        throw failed(error)
      }
    },
    async close() {
      const handle = file
      file = undefined
      if (handle === undefined) return
      try {
        if (regular) await handle.sync()
      } catch (error) {
        throw failed(error)
      } finally {
        await handle.close()
      }
    },
  }
}
