import { type EventDraft, news, trade } from '../outcry.js'
import { Book } from './book.js'

export const SUBSCRIBERS = 10
export const SYMBOLS = 100
/** One event in this many is news, the others are trades. */
const NEWS_EVERY = 10
const START_MS = Date.UTC(2024, 0, 2, 14, 30)

const HEADLINES = [
  'raises its outlook for the year',
  'posts a loss on higher costs',
  'to buy back shares',
  'names a new head of finance',
  'wins approval for its merger',
]

/** A small generator with a known period (mulberry32): the same events on every machine. */
const generator = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * The events of a run. Only numbers are kept; each event is built and validated when it is published, as a
 * producer would, and every contender pays for it alike. Beyond its last event it goes on with the same
 * symbols, prices and sizes under new ids, for a probe that cannot know how many it will need.
 */
export class Workload {
  readonly #symbolAt: Uint8Array
  readonly #priceAt: Float64Array
  readonly #sizeAt: Uint16Array
  readonly #names: readonly string[]

  readonly events: number

  constructor(events: number) {
    this.events = events
    const random = generator(events)
    this.#names = Array.from({ length: SYMBOLS }, (_, at) => `SYM${String(at).padStart(2, '0')}`)
    this.#symbolAt = Uint8Array.from({ length: events }, () => Math.floor(random() * SYMBOLS))
    this.#priceAt = Float64Array.from({ length: events }, () => Math.round(random() * 20_000) / 100 + 1)
    this.#sizeAt = Uint16Array.from({ length: events }, () => 1 + Math.floor(random() * 1_000))
  }

  /** The event at a place of the run, validated by the catalogue's own schema. */
  draft(at: number): EventDraft {
    const place = at % this.events
    const symbol = this.#names[this.#symbolAt[place] ?? 0] ?? ''
    const timestamp = START_MS + at
    const id = `tape:${at}`
    if (at % NEWS_EVERY === 0) {
      const headline = HEADLINES[(at / NEWS_EVERY) % HEADLINES.length] ?? ''
      return news({ id, timestamp, source: 'wire', symbol, symbols: [symbol], headline })
    }
    const price = this.#priceAt[place] ?? 0
    return trade({ id, timestamp, source: 'tape', symbol, price, size: this.#sizeAt[place] ?? 0 })
  }
}

export const books = (): Book[] => Array.from({ length: SUBSCRIBERS }, (_, at) => new Book(at))

/** Throws unless every subscriber got every event once, in order within its symbol. */
export const verify = (workload: Workload, got: readonly Book[]): void => {
  const expected = books()
  for (let at = 0; at < workload.events; at += 1) {
    const draft = workload.draft(at)
    for (const book of expected) book.handle(draft)
  }
  if (got.length !== SUBSCRIBERS) throw new Error(`${got.length} subscribers, expected ${SUBSCRIBERS}`)
  for (const [at, book] of expected.entries()) {
    const other = got.find(({ number }) => number === at)
    if (other?.deliveries !== book.deliveries || other.checksum() !== book.checksum()) {
      throw new Error(`subscriber ${at}: ${other?.deliveries} deliveries of ${book.deliveries}, or out of order`)
    }
  }
}
