import { OutcryError } from '../src/errors.js'
import type { OutcryEvent } from '../src/events/event.js'
import type { History } from '../src/history/history.js'
import type { HistoryQuery } from '../src/history/query.js'
import type { HistoryStats } from '../src/history/stats.js'

/** What a host asks of the events that were accepted lately. */
export interface HistoryFace {
  /**
   * The events asked for, in the order in which they were accepted; what comes later is not among
   * them. A query reads the blocks that may hold its answer and no others.
   *
   * @throws {OutcryError} OUTCRY_OPTION_INVALID for a query that makes no sense, OUTCRY_ENGINE_STATE
   *   where no history is kept.
   */
  query(query?: HistoryQuery): AsyncIterable<OutcryEvent>
  /** As `query`, many at a time, which is faster. */
  batches(query?: HistoryQuery): AsyncIterable<readonly OutcryEvent[]>
  /** Undefined where no history is kept. */
  stats(): HistoryStats | undefined
}

export function historyFace(history: History | undefined): HistoryFace {
  const kept = (): History => {
    if (history !== undefined) return history
    throw new OutcryError('OUTCRY_ENGINE_STATE', 'No history is kept: make the engine with the option history.')
  }
  return {
    query: (query) => kept().query(query),
    batches: (query) => kept().batches(query),
    stats: () => history?.stats(),
  }
}
