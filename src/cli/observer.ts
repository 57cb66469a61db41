import { count } from './format.js'
import type { Strategy } from './modules.js'

const MAX_TYPES = 100

/** The strategy of a run that was given none: it counts events by type. */
export interface Observer {
  readonly strategy: Strategy
  /** What it saw, as a note of the summary. */
  note(): string
}

export function createObserver(): Observer {
  const seen = new Map<string, number>()
  const strategy: Strategy = {
    name: 'observer',
    onEvents(events: readonly { readonly type: string }[]): undefined {
      for (const { type } of events) {
        const key = seen.has(type) || seen.size < MAX_TYPES ? type : 'other'
        seen.set(key, (seen.get(key) ?? 0) + 1)
      }
    },
  }
  return {
    strategy,
    note() {
      const types = [...seen].sort(([, a], [, b]) => b - a).map(([type, times]) => `${count(times)} ${type}`)
      return `no --strategy: a built-in observer counted ${types.length === 0 ? 'nothing' : types.join(', ')}`
    },
  }
}
