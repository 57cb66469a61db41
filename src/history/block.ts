import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { OutcryEvent } from '../events/event.js'
import { decodeBlock } from './codec.js'
import type { Group } from './group.js'
import type { BlockFilter } from './rows.js'

/**
 * Brotli at its fastest takes news and trades to a size that deflate comes to at half the speed.
 * The window spans the largest block there is.
 */
const PARAMS = { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 18 }

/** The room that the compressor is given at a time: that of a block of trades. Its own default is four times as much. */
const CHUNK_BYTES = 4_096

/** A block's own object, its places in the index, and the object of its bytes. */
const BLOCK_BYTES = 400
const NAME_BYTES = 24

/** What may narrow a query to a block without a look into it. */
export interface BlockBounds {
  readonly count: number
  readonly firstSequence: number
  readonly lastSequence: number
  /** Event time, UTC epoch milliseconds. */
  readonly minTime: number
  readonly maxTime: number
  /** The latest arrival, UTC epoch milliseconds. */
  readonly maxReceivedAt: number
}

/** Some events in a row, to be compressed when there is time for it, and what an index needs of them. */
export class Block implements BlockBounds {
  /** Counts from 0 up. */
  readonly number: number
  readonly count: number
  readonly firstSequence: number
  readonly lastSequence: number
  readonly minTime: number
  readonly maxTime: number
  readonly maxReceivedAt: number
  readonly types: readonly string[]
  readonly symbols: readonly string[]
  /** Values that nothing can encode, which it has as undefined. */
  readonly lost: number
  #data: Buffer
  #compressed = false

  /** @param group at least one event */
  constructor(number: number, group: Group) {
    this.number = number
    this.count = group.count
    this.firstSequence = group.firstSequence
    this.lastSequence = group.lastSequence
    const times = extent(group.timestamps, group.count)
    this.minTime = times.least
    this.maxTime = times.most
    this.maxReceivedAt = extent(group.receivedAts, group.count).most
    const { bytes, types, symbols, lost } = group.encode()
    this.lost = lost
    this.types = types
    this.symbols = symbols
    this.#data = Buffer.from(bytes)
  }

  get compressed(): boolean {
    return this.#compressed
  }

  /** Memory that it holds, its part of the index among it. */
  get bytes(): number {
    return BLOCK_BYTES + this.#data.length + NAME_BYTES * (this.types.length + this.symbols.length)
  }

  compress(): void {
    if (this.#compressed) return
    const data = brotliCompressSync(this.#data, {
      params: PARAMS,
      chunkSize: Math.max(CHUNK_BYTES, this.#data.length >> 1),
    })
    // The compressor's buffer has room to spare, which a block would hold for as long as it lives.
    this.#data = data.buffer.byteLength === data.length ? data : Buffer.from(data)
    this.#compressed = true
  }

  /** What of it is wanted, in order; decompresses it where it is compressed. */
  read(filter: BlockFilter): OutcryEvent[] {
    return decodeBlock(this.#compressed ? brotliDecompressSync(this.#data) : this.#data, filter)
  }
}

function extent(column: Float64Array, count: number): { readonly least: number; readonly most: number } {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let index = 0; index < count; index += 1) {
    const value = column[index] ?? 0
    if (value < least) least = value
    if (value > most) most = value
  }
  return { least, most }
}
