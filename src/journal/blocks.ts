import type { OutcryEvent } from '../events/event.js'
import { encodeEvent } from './encode.js'
import type { JournalQuery } from './journal.js'

/** Events of one block at most: what is read is decoded by the block. */
export const BLOCK_EVENTS = 256

/** Symbols that a block's head names; one with more of them may hold any. */
const MAX_SYMBOLS = 64

/** What is in a block, so that a query need not look into it. */
export interface BlockHead {
  readonly first: number
  readonly last: number
  readonly count: number
  /** Arrival times, UTC epoch milliseconds. */
  readonly since: number
  readonly until: number
  readonly types: readonly string[]
  /** Undefined: too many to be named. */
  readonly symbols: readonly string[] | undefined
}

/** Events as they are stored together. */
export interface Block {
  readonly head: BlockHead
  /** Encoded events, joined by commas. */
  readonly text: string
}

/** Cuts a batch into blocks, each event encoded at most once. */
export function* blocksOf(events: readonly OutcryEvent[]): Generator<Block> {
  for (let from = 0; from < events.length; from += BLOCK_EVENTS) {
    yield blockOf(events.slice(from, from + BLOCK_EVENTS))
  }
}

function blockOf(events: readonly OutcryEvent[]): Block {
  const types = new Set<string>()
  const symbols = new Set<string>()
  let since = Number.POSITIVE_INFINITY
  let until = Number.NEGATIVE_INFINITY
  let text = ''
  for (const event of events) {
    types.add(event.type)
    if (symbols.size <= MAX_SYMBOLS) for (const symbol of event.symbols) symbols.add(symbol)
    if (event.receivedAt < since) since = event.receivedAt
    if (event.receivedAt > until) until = event.receivedAt
    text += text === '' ? encodeEvent(event) : `,${encodeEvent(event)}`
  }
  const head: BlockHead = {
    first: events[0]?.sequence ?? 0,
    last: events.at(-1)?.sequence ?? 0,
    count: events.length,
    since,
    until,
    types: [...types],
    symbols: symbols.size > MAX_SYMBOLS ? undefined : [...symbols],
  }
  return { head, text }
}

/** Whether a block may hold an answer. */
export function mayMatch(head: BlockHead, { from, to, types, symbols, since, until }: JournalQuery): boolean {
  if (from !== undefined && head.last < from) return false
  if (to !== undefined && head.first > to) return false
  if (since !== undefined && head.until < since) return false
  if (until !== undefined && head.since >= until) return false
  if (types !== undefined && !types.some((type) => head.types.includes(type))) return false
  return symbols === undefined || head.symbols === undefined || symbols.some((one) => head.symbols?.includes(one))
}

/** The events of a block that a query asks for. */
export function matching(events: readonly OutcryEvent[], query: JournalQuery): readonly OutcryEvent[] {
  const { from = 0, to = Number.POSITIVE_INFINITY, types, symbols } = query
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = query
  const wanted = (event: OutcryEvent): boolean =>
    event.sequence >= from &&
    event.sequence <= to &&
    event.receivedAt >= since &&
    event.receivedAt < until &&
    (types === undefined || types.includes(event.type)) &&
    (symbols === undefined || event.symbols.some((symbol) => symbols.includes(symbol)))
  return events.every(wanted) ? events : events.filter(wanted)
}
