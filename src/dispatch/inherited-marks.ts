import type { MarksOf } from '../events/stale.js'
import type { StrategyRuntime } from './runtime.js'
import { causeIndex } from './signals.js'

/**
 * The marks that whatever a strategy publishes, or sets a timer for, has from what it handles at this
 * moment: the event that it names as the cause, else the last of those that it was given. Nothing of
 * what comes from a hook, or after the call was given up.
 */
export function inheritedMarks(runtime: StrategyRuntime, marksOf: MarksOf, causationId?: string): number {
  if (runtime.firing !== undefined) return runtime.firing
  const { current, at } = runtime
  if (current === undefined) return 0
  const { events, from, to } = current
  if (causationId !== undefined) {
    const index = causeIndex(causationId, events, runtime.causeAt)
    if (index >= 0) {
      runtime.causeAt = index
      const cause = events[index]
      if (cause !== undefined) return marksOf(cause)
    }
  }
  const last = at ?? events[to - 1] ?? events[from]
  return last === undefined ? 0 : marksOf(last)
}
