import type { DispatchOutcome } from 'outcry'
import type { Oracle, Subject } from '../subject.js'

/** Why deliveries of one strategy may be skipped. */
class Excuses {
  /** Reasons that hold on. */
  readonly going = new Set<'paused' | 'resting'>()
  /** The last chunk that was under way while there was a reason. */
  last = 0
}

/** Nothing is skipped without a reason: a breaker that refused, a pause, a restart, a symbol that is halted. */
export function skips({ plane, strategies, fail }: Subject): Oracle {
  // A group restarts the peers of the one that failed without a word.
  if (plane.options.supervision !== 'one-for-one') return {}
  const byName = new Map(strategies.map(({ name }) => [name, new Excuses()]))
  let newest = 0
  const halted = new Set<string | undefined>()
  let haltedLast = 0
  const begin = (name: string, reason: 'paused' | 'resting'): void => void byName.get(name)?.going.add(reason)
  const end = (name: string, reason: 'paused' | 'resting'): void => {
    const excuses = byName.get(name)
    if (excuses?.going.delete(reason) === true) excuses.last = newest
  }
  const judge = (chunk: number, { strategy, skipped }: DispatchOutcome): void => {
    const excuses = byName.get(strategy)
    if (skipped === 0 || chunk === 0 || excuses === undefined) return
    if (excuses.going.size > 0 || excuses.last >= chunk || halted.size > 0 || haltedLast >= chunk) return
    fail('skips', `${skipped} events of chunk ${chunk} were skipped for ${strategy}, and nothing was in their way`)
  }
  return {
    leased({ id }) {
      newest = id
    },
    turnedAway(strategy) {
      const excuses = byName.get(strategy)
      if (excuses !== undefined) excuses.last = newest
    },
    commanded(strategy, action) {
      if (action === 'pause') begin(strategy, 'paused')
      else if (action === 'resume') end(strategy, 'paused')
      else begin(strategy, 'resting')
    },
    stopping(strategy) {
      begin(strategy, 'resting')
    },
    changed({ strategy, change }) {
      if (change === 'ready') end(strategy, 'resting')
      else begin(strategy, 'resting')
    },
    halted(symbol) {
      halted.add(symbol)
    },
    reset(symbol) {
      halted.delete(symbol)
      haltedLast = newest
    },
    dispatched({ chunk, outcomes }) {
      for (const outcome of outcomes) judge(chunk, outcome)
    },
    outcome: judge,
  }
}
