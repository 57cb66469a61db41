import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { OutcryEvent } from '../events/event.js'
import { type BlockFilter, decodeBlock, encodeBlock } from './codec.js'

/**
 * Brotli at its fastest takes news and trades to a size that deflate comes to at half the speed.
 * The window spans the largest block there is.
 */
const COMPRESSION = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 18 },
}

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

/** Some events in a row, compressed, and what an index needs of them. */
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
  /** Memory that it holds, its part of the index among it. */
  readonly bytes: number
  readonly #data: Buffer

  /** @param events at least one, in order of sequence */
  constructor(number: number, events: readonly OutcryEvent[]) {
    let minTime = Number.POSITIVE_INFINITY
    let maxTime = Number.NEGATIVE_INFINITY
    let maxReceivedAt = Number.NEGATIVE_INFINITY
    for (const event of events) {
      if (event.timestamp < minTime) minTime = event.timestamp
      if (event.timestamp > maxTime) maxTime = event.timestamp
      if (event.receivedAt > maxReceivedAt) maxReceivedAt = event.receivedAt
    }
    this.number = number
    this.count = events.length
    this.firstSequence = events[0]?.sequence ?? 0
    this.lastSequence = events[events.length - 1]?.sequence ?? 0
    this.minTime = minTime
    this.maxTime = maxTime
    this.maxReceivedAt = maxReceivedAt
    const { bytes, types, symbols } = encodeBlock(events)
    this.types = types
    this.symbols = symbols
    this.#data = compact(brotliCompressSync(bytes, COMPRESSION))
    this.bytes = BLOCK_BYTES + this.#data.length + NAME_BYTES * (types.length + symbols.length)
  }

  /** Decompresses it: what of it is wanted, in order. */
  read(filter: BlockFilter): OutcryEvent[] {
    return decodeBlock(brotliDecompressSync(this.#data), filter)
  }
}

/** The compressor's buffer has room to spare, which a block would hold for as long as it lives. */
function compact(data: Buffer): Buffer {
  return data.buffer.byteLength === data.length ? data : Buffer.from(data)
}
