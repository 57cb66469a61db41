import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OutcryError } from '../../errors.js'

/** Where lmdb's meta pages hold what is looked at here, in bytes from the begin of the page. */
const MAGIC_AT = 24
const MAGIC = 0xbeefc0de
const PAGE_SIZE_AT = 48
const LAST_PAGE_AT = 144

/**
 * A file that ends before the pages that it speaks of would end the process as soon as one of them is
 * touched, since lmdb maps it into memory, and so would one that is something else: that is found out first.
 *
 * @throws {OutcryError} OUTCRY_JOURNAL_CORRUPT for a file whose end is torn off, or that lmdb has not written.
 */
export function checkLength(path: string, name: string): void {
  const file = join(path, 'data.mdb')
  if (!existsSync(file)) return
  const { size } = statSync(file)
  if (size === 0) return
  const page = Buffer.alloc(160)
  const descriptor = openSync(file, 'r')
  try {
    let pageSize = 4_096
    let most: number | undefined
    for (const at of [0, 1]) {
      const read = readSync(descriptor, page, 0, page.length, at * pageSize)
      if (read < page.length || page.readUInt32LE(MAGIC_AT) !== MAGIC) continue
      if (at === 0) pageSize = page.readUInt32LE(PAGE_SIZE_AT) || pageSize
      most = Math.max(most ?? 0, Number(page.readBigUInt64LE(LAST_PAGE_AT)))
    }
    if (most === undefined) {
      const message = `${name} is no lmdb file, or its begin is lost: ${file}. Restore it from a copy, or name another folder.`
      throw new OutcryError('OUTCRY_JOURNAL_CORRUPT', message, { path: file, value: size })
    }
    const wanted = (most + 1) * pageSize
    if (size >= wanted) return
    const message = `${name} ends after ${size} bytes, and has to have ${wanted}: its end is torn off. Restore it from a copy.`
    throw new OutcryError('OUTCRY_JOURNAL_CORRUPT', message, { path: file, value: size })
  } finally {
    closeSync(descriptor)
  }
}
