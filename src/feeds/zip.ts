import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { OutcryError } from '../errors.js'
import { feedError, requireFile } from './files.js'

/** The one file in a zip. */
export interface ZipEntry {
  readonly name: string
  /** Bytes before and after unpacking. */
  readonly packedBytes: number
  readonly bytes: number
}

const formatError = (feed: string, what: string, cause?: unknown): OutcryError =>
  new OutcryError('OUTCRY_FEED_FORMAT', `${feed}: ${what}`, { path: feed, cause })

async function open(path: string, feed: string): Promise<{ zip: ZipFile; entry: Entry }> {
  await requireFile(path, feed)
  let zip: ZipFile | undefined
  try {
    zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false })
    const files: Entry[] = []
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      files.push(entry)
      if (files.length > 1) break
    }
    const entry = files[0]
    if (entry === undefined || files.length > 1) {
      throw formatError(feed, `the zip holds ${files.length === 0 ? 'no file' : 'several files'}, and should hold one`)
    }
    if (!entry.canDecodeFileData())
      throw formatError(feed, 'the file in the zip is encrypted or packed in a strange way')
    return { zip, entry }
  } catch (error) {
    zip?.close()
    if (error instanceof OutcryError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw formatError(feed, `it is not a whole zip file (${why})`, error)
  }
}

const describe = (entry: Entry): ZipEntry => ({
  name: entry.fileName,
  packedBytes: entry.compressedSize,
  bytes: entry.uncompressedSize,
})

/**
 * Looks into a zip that should hold exactly one file, and starts to unpack it.
 *
 * @throws OutcryError `OUTCRY_FEED_FILE` when there is no such file, `OUTCRY_FEED_FORMAT` when it is
 * truncated, not a zip, or holds no file or several.
 */
export async function inspectZip(path: string, feed: string): Promise<ZipEntry> {
  const { zip, entry } = await open(path, feed)
  try {
    const stream = await zip.openReadStreamPromise(entry)
    stream.destroy()
    return describe(entry)
  } catch (error) {
    throw formatError(feed, `it is not a whole zip file (${error instanceof Error ? error.message : error})`, error)
  } finally {
    zip.close()
  }
}

/**
 * Unpacks the one file of a zip as a stream; its size and checksum are verified as it ends. Ending
 * the iteration closes the zip. `onRead` is told the packed bytes, in proportion to those unpacked.
 */
export async function* zipBytes(
  path: string,
  feed: string,
  onRead: (packedBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const { zip, entry } = await open(path, feed)
  try {
    const ratio = entry.uncompressedSize === 0 ? 0 : entry.compressedSize / entry.uncompressedSize
    let checksum = 0
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      const bytes: Uint8Array = piece
      checksum = crc32(bytes, checksum)
      onRead(bytes.length * ratio)
      yield bytes
    }
    if (checksum !== entry.crc32) throw formatError(feed, 'the checksum of the file in the zip is wrong')
  } catch (error) {
    throw feedError(error, feed)
  } finally {
    zip.close()
  }
}
