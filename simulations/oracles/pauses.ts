import type { Oracle, Subject } from '../subject.js'
import { WordBySequence } from './by-sequence.js'

/** What is leased while a strategy is paused is not handed to it. */
export function pauses({ fail, scenario }: Subject): Oracle {
  if (!scenario.faults.some(({ kind }) => kind === 'strategy')) return {}
  let leases = 0
  const leasedAs = new WordBySequence()
  /** By strategy: how many chunks had been leased when it was paused. */
  const paused = new Map<string, number>()
  return {
    commanded(strategy, action) {
      if (action === 'pause') paused.set(strategy, leases)
      else if (action === 'resume') paused.delete(strategy)
    },
    leased({ events }) {
      leases += 1
      for (const { sequence } of events) leasedAs.set(sequence, leases)
    },
    called({ strategy, events }) {
      const since = paused.get(strategy)
      if (since === undefined) return
      for (const { sequence, redelivered } of events)
        if (!redelivered && leasedAs.get(sequence) > since)
          fail('pauses', `${strategy} was handed event ${sequence}, which was leased while it was paused`)
    },
  }
}
