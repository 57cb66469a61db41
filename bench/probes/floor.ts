import { monotonicMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import type { Book } from '../load/book.js'
import { books as makeBooks, Workload } from '../load/workload.js'
import { type EventDraft, openParts } from '../outcry.js'
import { setting } from './setting.js'

/** What is added to the bare loop, one part after another. The number of parts is the setting `parts`. */
export const PARTS = ['queue', 'records', 'ids', 'turns', 'clock', 'promises'] as const

export interface Floor {
  /** Time that passed an event, in microseconds. */
  readonly eventUs: number
}

const ROUNDS = 4
const CHUNK = 256
const HIGH_WATER = 1_024
const WINDOW = 65_536
const PARTITIONS = 64

interface Queued {
  readonly type: string
  readonly symbol: string | undefined
  readonly payload: unknown
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * The least that the parts of a publish cost: no lanes, partitions, routing, isolation, statistics, ledger or actors.
 * A loop with none of the parts is the bare loop; with all of them it is what a publish that is awaited cannot fall
 * below, and with all but the last two what a batch cannot.
 */
const player = async (books: readonly Book[], parts: number) => {
  const { DedupeTable, OutcryEvent, SymbolTable } = await openParts()
  const [queues, records, looksUp, turns, tellsTime, promises] = PARTS.map((_, at) => at < parts)
  const ids = new DedupeTable(WINDOW)
  const symbols = new SymbolTable(PARTITIONS)
  let queue: Queued[] = []
  let sequence = 0
  let now = performance.timeOrigin + performance.now()

  const handOut = (): void => {
    for (let from = 0; from < queue.length; from += CHUNK) {
      const chunk = queue.slice(from, from + CHUNK)
      for (const book of books) for (const event of chunk) book.handle(event)
    }
    queue = []
  }

  const take = (draft: EventDraft) => {
    if (looksUp && !ids.add(draft.id ?? '')) throw new Error('an id came twice')
    if (tellsTime) now = performance.timeOrigin + performance.now()
    sequence += 1
    if (records) {
      const { definition, id = '', timestamp = now, source = '', symbol = '', symbols: named, payload } = draft
      const entry = symbols.get(symbol)
      const { type, version } = definition
      const { correlationId, causationId } = draft
      const about = named ?? entry.list
      queue.push(
        new OutcryEvent(
          id,
          type,
          version,
          timestamp,
          now,
          source,
          symbol,
          about,
          payload,
          correlationId,
          causationId,
          sequence,
          0,
        ),
      )
    } else queue.push(draft)
    return promises ? { status: 'accepted', id: draft.id, sequence } : undefined
  }

  return async (workload: Workload): Promise<void> => {
    for (let at = 0; at < workload.events; at += 1) {
      const draft = workload.draft(at)
      if (!queues) for (const book of books) book.handle(draft)
      else if (promises) await Promise.resolve(take(draft))
      else take(draft)
      if (queue.length < HIGH_WATER) continue
      if (turns) await turn()
      handOut()
    }
    handOut()
  }
}

/** The best of a few rounds in one process, as what stands in the way of one is not the parts' doing. */
export const floor = async (settings: Settings): Promise<Floor> => {
  const workload = new Workload(setting(settings, 'events'))
  const parts = setting(settings, 'parts')
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const books = makeBooks()
    const play = await player(books, parts)
    const begin = monotonicMs()
    await play(workload)
    // The first round is the compiler's.
    if (round > 0) times.push(((monotonicMs() - begin) / workload.events) * 1_000)
    if (books.some(({ deliveries }) => deliveries !== workload.events)) throw new Error('not all was delivered')
  }
  return { eventUs: Math.min(...times) }
}
