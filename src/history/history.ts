import type { Environment } from '../environment/environment.js'
import { MARK_REPLAYED, type OutcryEvent } from '../events/event.js'
import { Block } from './block.js'
import { Group } from './group.js'
import type { HistoryLimits } from './options.js'
import { Postings } from './postings.js'
import { type HistoryQuery, Selection } from './query.js'
import type { HistoryStats } from './stats.js'

/** A block's events at most: encoding and compressing one takes a tenth of a millisecond, reading it twice as long. */
const BLOCK_EVENTS = 512
/** A block's memory before it is compressed at most; long texts fill one early. */
const BLOCK_BYTES = 131_072
/** Blocks that may wait to be compressed on a later turn; beyond them adding compresses the oldest of them itself. */
const MAX_WAITING = 4
/** Events taken in at a time at most: code and columns stay in the processor's cache, and so do the events. */
const MOST_FRESH = 64
/** What is read of a query before others have their turn. */
const READ_EVENTS = 2_048

const FOREVER = Number.POSITIVE_INFINITY

export interface HistoryPorts {
  readonly environment: Pick<Environment, 'now' | 'yield'>
  readonly limits: HistoryLimits
}

/**
 * The last accepted events, within bounds of count, memory and age at once. Events are kept in blocks,
 * which are compressed on a later turn than that of the acceptance, and indexed by type, symbol and
 * time; a query decompresses the blocks that may hold its answer, one at a time, and no others.
 *
 * The oldest block gives way as a whole, so up to an eighth of the count may be forgotten at once.
 * Count is held to with every event, memory with every few of them (64 small ones, or one that is large; what
 * alone is larger than a sixteenth of the memory may be held beyond it), age with every block.
 */
export class History {
  readonly limits: HistoryLimits
  readonly #environment: HistoryPorts['environment']
  readonly #blockEvents: number
  readonly #blockBytes: number
  /** Oldest first; those before `#start` have been forgotten. */
  #blocks: (Block | undefined)[] = []
  #start = 0
  /** The number of the block at index 0. */
  #base = 0
  /** The newest blocks, which are not compressed yet, oldest first. */
  #waiting: Block[] = []
  readonly #open = new Group()
  /** Events that came after those of the open group. */
  #fresh: OutcryEvent[] = []
  /** So many of them make a quarter of a block at most, by the size of those before them. */
  #mostFresh = 1
  readonly #types = new Postings()
  readonly #symbols = new Postings()
  #events = 0
  #blockedBytes = 0
  #added = 0
  #skipped = 0
  #lost = 0
  #decompressed = 0
  readonly #forgotten = { count: 0, bytes: 0, age: 0 }
  #scheduled = false

  constructor({ environment, limits }: HistoryPorts) {
    this.limits = limits
    this.#environment = environment
    this.#blockEvents = Math.max(1, Math.min(BLOCK_EVENTS, limits.maxCount >> 3))
    this.#blockBytes = Math.min(BLOCK_BYTES, limits.maxBytes >> 4)
  }

  /** Takes an event in, unless it is a replayed one. In order of sequence. */
  add(event: OutcryEvent): void {
    if ((event.marks & MARK_REPLAYED) !== 0) {
      this.#skipped += 1
      return
    }
    this.#events += 1
    this.#added += 1
    if (this.#fresh.push(event) >= this.#mostFresh) this.#takeIn()
    if (this.#events > this.limits.maxCount) {
      this.#takeIn()
      this.#forgetOldest('count')
    }
  }

  /**
   * The events that a query asks for, in the order in which they were accepted. What is added after
   * the reading began is not among them; what is forgotten meanwhile is left out.
   *
   * @throws OutcryError OUTCRY_OPTION_INVALID that names the path and the value.
   */
  query(query: HistoryQuery = {}): AsyncIterable<OutcryEvent> {
    const batches = this.batches(query)
    return { [Symbol.asyncIterator]: () => oneByOne(batches) }
  }

  /** As `query`, a block's worth at a time; none of the batches is empty. */
  batches(query: HistoryQuery = {}): AsyncIterable<readonly OutcryEvent[]> {
    const selection = new Selection(query)
    return { [Symbol.asyncIterator]: () => this.#read(selection) }
  }

  stats(): HistoryStats {
    this.#takeIn()
    this.#forgetOld()
    const open = this.#open.bytes
    return {
      events: this.#events,
      blocks: this.#blocks.length - this.#start - this.#waiting.length,
      bytes: this.#blockedBytes + open,
      openBytes: this.#waiting.reduce((bytes, block) => bytes + block.bytes, open),
      firstSequence: this.#blocks[this.#start]?.firstSequence ?? this.#open.firstSequence,
      lastSequence: this.#lastSequence,
      added: this.#added,
      forgotten: { ...this.#forgotten },
      skipped: this.#skipped,
      lost: this.#lost,
      decompressed: this.#decompressed,
    }
  }

  /** Forgets everything; it is not counted. */
  clear(): void {
    while (this.#start < this.#blocks.length) this.#dropBlock()
    this.#open.reset()
    this.#fresh = []
    this.#events = 0
  }

  /** Compresses all that is full now, where it would be on a later turn. */
  compress(): void {
    this.#takeIn()
    while (this.#compressOne());
  }

  /** Names of types and symbols in the index, for a test that they are given up. */
  get names(): number {
    return this.#types.size + this.#symbols.size
  }

  get #lastSequence(): number {
    if (this.#open.count > 0) return this.#open.lastSequence
    return this.#blocks.at(-1)?.lastSequence ?? 0
  }

  /** Whoever looks at what is held calls it first. */
  #takeIn(): void {
    const fresh = this.#fresh
    if (fresh.length === 0) return
    this.#fresh = []
    const open = this.#open
    let bytes = 0
    for (let index = 0; index < fresh.length; index += 1) {
      try {
        bytes += open.add(fresh[index] as OutcryEvent)
      } catch {
        // Its payload throws when it is looked at; the group goes on without it.
        this.#events -= 1
        this.#lost += 1
      }
      if (open.count >= this.#blockEvents || open.bytes >= this.#blockBytes) this.#close()
    }
    const fewer = Math.floor((this.#blockBytes / 4) * (fresh.length / bytes))
    this.#mostFresh = Math.max(1, Math.min(MOST_FRESH, this.#blockEvents, fewer))
  }

  /** Makes a block of the open group, which is taken to pieces while it is in the processor's cache. */
  #close(): void {
    const block = new Block(this.#base + this.#blocks.length, this.#open)
    this.#open.reset()
    this.#lost += block.lost
    this.#blocks.push(block)
    this.#waiting.push(block)
    this.#types.add(block.types, block.number)
    this.#symbols.add(block.symbols, block.number)
    this.#blockedBytes += block.bytes
    while (this.#waiting.length > MAX_WAITING || this.#full) if (!this.#compressOne()) break
    while (this.#full && this.#forgetOldest('bytes'));
    this.#forgetOld()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return
    this.#scheduled = true
    this.#environment.yield(() => {
      this.#scheduled = false
      this.#compressOne()
      this.#schedule()
    })
  }

  /** False if nothing waits for it. */
  #compressOne(): boolean {
    const block = this.#waiting.shift()
    if (block === undefined) return false
    this.#blockedBytes -= block.bytes
    block.compress()
    this.#blockedBytes += block.bytes
    return true
  }

  /** The open group may fill up until it is looked at next, so that its room counts as taken. */
  get #full(): boolean {
    return this.#blockedBytes + this.#blockBytes > this.limits.maxBytes
  }

  #forgetOld(): void {
    const { maxAgeMs } = this.limits
    if (maxAgeMs === FOREVER) return
    const before = this.#environment.now() - maxAgeMs
    for (let block = this.#blocks[this.#start]; block !== undefined; block = this.#blocks[this.#start]) {
      if (block.maxReceivedAt >= before) return
      this.#forgetOldest('age')
    }
    const { count, receivedAts } = this.#open
    if (count > 0 && (receivedAts[count - 1] ?? 0) < before) this.#forgetOldest('age')
  }

  /** False if nothing is held. */
  #forgetOldest(why: keyof HistoryStats['forgotten']): boolean {
    if (this.#start < this.#blocks.length) {
      this.#forgotten[why] += this.#dropBlock()
      return true
    }
    const { count } = this.#open
    this.#open.reset()
    this.#events -= count
    this.#forgotten[why] += count
    return count > 0
  }

  #dropBlock(): number {
    const block = this.#blocks[this.#start]
    if (block === undefined) return 0
    if (block === this.#waiting[0]) this.#waiting.shift()
    this.#blocks[this.#start] = undefined
    this.#start += 1
    this.#types.removeOldest(block.types)
    this.#symbols.removeOldest(block.symbols)
    this.#blockedBytes -= block.bytes
    this.#events -= block.count
    if (this.#start > 1_024 && this.#start * 2 > this.#blocks.length) {
      this.#blocks.splice(0, this.#start)
      this.#base += this.#start
      this.#start = 0
    }
    return block.count
  }

  async *#read(selection: Selection): AsyncGenerator<readonly OutcryEvent[]> {
    this.#takeIn()
    this.#forgetOld()
    if (selection.last !== undefined) {
      yield* this.#readLast(selection, selection.last)
      return
    }
    let left = selection.limit
    const end = Math.min(this.#lastSequence, selection.toSequence)
    let next = selection.fromSequence
    let sinceTurn = 0
    while (left > 0 && next <= end) {
      const batch = this.#batchFrom(next, end, selection)
      if (batch === undefined) return
      next = batch.next
      sinceTurn += batch.looked
      let { events } = batch
      if (events.length > left) events = events.slice(0, left)
      left -= events.length
      if (events.length > 0) yield events
      if (sinceTurn < READ_EVENTS) continue
      sinceTurn = 0
      await this.#turn()
    }
  }

  /** What the first block, or what is open, has of sequences from `least` to `most`; undefined if there is none. */
  #batchFrom(least: number, most: number, selection: Selection): Batch | undefined {
    const block = this.#blockFor(least, selection)
    if (block !== undefined && block.firstSequence <= most) {
      if (block.compressed) this.#decompressed += 1
      return { events: within(block.read(selection), least, most), next: block.lastSequence + 1, looked: block.count }
    }
    const { firstSequence, lastSequence, count } = this.#open
    if (count === 0 || lastSequence < least || firstSequence > most) return undefined
    return { events: within(this.#open.read(selection), least, most), next: lastSequence + 1, looked: count }
  }

  /** The first block that may have something that is asked for, of a sequence from `least` on. */
  #blockFor(least: number, selection: Selection): Block | undefined {
    const types = selection.typeNames(this.#types.names)
    const { symbolNames } = selection
    for (let number = this.#base + this.#firstIndexEndingAt(least); ; number += 1) {
      if (types !== undefined) number = this.#types.from(types, number)
      if (symbolNames !== undefined) {
        const other = this.#symbols.from(symbolNames, number)
        if (other !== number && types !== undefined) {
          // The type's next may be behind the symbol's; both have to be in one block.
          number = other - 1
          continue
        }
        number = other
      }
      const block = this.#blocks[number - this.#base]
      if (block === undefined || selection.mayHave(block)) return block
    }
  }

  #firstIndexEndingAt(sequence: number): number {
    let low = this.#start
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#blocks[middle]?.lastSequence ?? 0) < sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  /** From the newest backwards until there are enough. */
  async *#readLast(selection: Selection, count: number): AsyncGenerator<readonly OutcryEvent[]> {
    const wanted = Math.min(count, selection.limit)
    const batches: (readonly OutcryEvent[])[] = []
    let found = 0
    const keep = (events: readonly OutcryEvent[]): void => {
      if (events.length === 0) return
      const room = wanted - found
      batches.push(events.length > room ? events.slice(events.length - room) : events)
      found += Math.min(room, events.length)
    }
    if (wanted > 0) keep(this.#open.read(selection))
    const types = selection.typeNames(this.#types.names)
    let sinceTurn = 0
    for (let number = this.#base + this.#blocks.length - 1; found < wanted; number -= 1) {
      if (types !== undefined) number = Math.min(number, this.#types.upTo(types, number))
      if (selection.symbolNames !== undefined)
        number = Math.min(number, this.#symbols.upTo(selection.symbolNames, number))
      const block = this.#blocks[number - this.#base]
      if (block === undefined) break
      if (!selection.mayHave(block)) continue
      if (block.compressed) this.#decompressed += 1
      keep(block.read(selection))
      sinceTurn += block.count
      if (sinceTurn < READ_EVENTS) continue
      sinceTurn = 0
      await this.#turn()
    }
    for (const batch of batches.reverse()) yield batch
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#environment.yield(resolve))
  }
}

interface Batch {
  readonly events: readonly OutcryEvent[]
  /** The sequence to go on from. */
  readonly next: number
  /** Events looked at for it. */
  readonly looked: number
}

function within(events: readonly OutcryEvent[], least: number, most: number): readonly OutcryEvent[] {
  const first = events[0]
  const last = events.at(-1)
  if (first === undefined || last === undefined || (first.sequence >= least && last.sequence <= most)) return events
  return events.filter(({ sequence }) => sequence >= least && sequence <= most)
}

async function* oneByOne(batches: AsyncIterable<readonly OutcryEvent[]>): AsyncGenerator<OutcryEvent> {
  for await (const batch of batches) yield* batch
}
