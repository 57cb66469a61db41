import { crc32 } from 'node:zlib'
import { OutcryError } from '../errors.js'

/** Bytes before the content: its CRC-32, little-endian. */
const SEAL_BYTES = 4

/** Puts a checksum before what is stored, as neither lmdb nor a disk tells of a flipped bit. */
export function seal(content: string | Uint8Array): Buffer {
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength
  const sealed = Buffer.allocUnsafeSlow(SEAL_BYTES + length)
  if (typeof content === 'string') sealed.write(content, SEAL_BYTES)
  else sealed.set(content, SEAL_BYTES)
  sealed.writeUInt32LE(crc32(sealed.subarray(SEAL_BYTES)), 0)
  return sealed
}

/**
 * The content of what `seal` made.
 *
 * @throws {OutcryError} OUTCRY_JOURNAL_CORRUPT, naming `where`.
 */
export function unseal(sealed: Uint8Array, where: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const content = bytes.subarray(SEAL_BYTES)
  if (bytes.length < SEAL_BYTES || bytes.readUInt32LE(0) !== crc32(content)) {
    throw new OutcryError('OUTCRY_JOURNAL_CORRUPT', `${where} does not have the checksum that was written with it.`, {
      path: where,
    })
  }
  return content
}

export const sealJson = (value: unknown): Buffer => seal(JSON.stringify(value))

/** @throws {OutcryError} OUTCRY_JOURNAL_CORRUPT, naming `where`. */
export const unsealJson = (sealed: Uint8Array, where: string): unknown => JSON.parse(unseal(sealed, where).toString())
