import { constants } from 'node:fs'
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
const EMPTY_AND_APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND

/**
 * Writes signals to a file, one JSON object a line in the wire form that `ndjson:` reads. The file
 * and its folders are made where they are missing. A write is acknowledged when the operating system
 * has taken it, and `close` waits until it is on the disk.
 *
 * A write that fails is taken back as far as the file allows, so that one which is tried again
 * leaves neither half a line nor a signal twice. A file that is emptied meanwhile, as `copytruncate` of
 * logrotate does, is written from its beginning again; one that was renamed is written on.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`; from its methods: `OUTCRY_SINK_FAILED`.
 */
export function ndjsonSink(path: string, options: NdjsonSinkOptions = {}): Sink {
  const { append, breaker } = parseOptions(schema, options, 'ndjsonSink')
  const name = `ndjson:${path}`
  let file: FileHandle | undefined
  let regular = false
  /** What stands at the end of the file may be half a line: what follows must not be glued to it. */
  let torn = false

  const failed = (cause: unknown): OutcryError =>
    cause instanceof OutcryError
      ? cause
      : new OutcryError('OUTCRY_SINK_FAILED', `${name}: ${cause instanceof Error ? cause.message : cause}`, {
          path: name,
          value: path,
          cause,
        })

  /** A run that was killed may have left half a line behind. */
  async function endsInLine(handle: FileHandle, size: number): Promise<boolean> {
    if (size === 0) return false
    const last = Buffer.alloc(1)
    await handle.read(last, 0, 1, size - 1)
    return last[0] !== NEWLINE
  }

  /** Cuts off so many bytes that were written last; the file may have been cut by others since, such as by a rotation. */
  async function takeBack(handle: FileHandle, bytes: number): Promise<void> {
    if (!regular || bytes === 0) return
    try {
      const { size } = await handle.stat()
      await handle.truncate(Math.max(0, size - bytes))
    } catch {
      // The reason why the write failed is worth more than that taking it back failed, too.
      torn = true
    }
  }

  return {
    name,
    ...(breaker === undefined ? {} : { breaker }),
    async open() {
      if (file !== undefined) return
      let handle: FileHandle | undefined
      try {
        await mkdir(dirname(path), { recursive: true })
        // To the end in both cases: a position of one's own would leave a hole where a rotation has emptied the file.
        handle = await open(path, append ? 'a+' : EMPTY_AND_APPEND)
        const found = await handle.stat()
        regular = found.isFile()
        torn = append && regular && (await endsInLine(handle, found.size))
        file = handle
      } catch (error) {
        await handle?.close()
        throw failed(error)
      }
    },
    async write(signals: readonly SignalEvent[]) {
      if (file === undefined) throw failed(new Error('the file is not open'))
      if (signals.length === 0) return
      const handle = file
      let done = 0
      try {
        let text = torn ? '\n' : ''
        for (const signal of signals) text += `${JSON.stringify(toWire(signal))}\n`
        const bytes = Buffer.from(text)
        while (done < bytes.length) done += (await handle.write(bytes, done, bytes.length - done, null)).bytesWritten
        torn = false
      } catch (error) {
        await takeBack(handle, done)
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
