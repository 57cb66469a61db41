import type { DispatchOutcome } from 'outcry'
import type { Oracle, Subject } from '../subject.js'

/** Where dead letters are to keep what a stop gave up, each of it becomes one; where not, none does. */
export function shutdown({ plane, fail }: Subject): Oracle {
  const kept = plane.options.deadLetters.keep.includes('shutdown')
  let queued = 0
  let delivered = 0
  let lost = 0
  const take = (chunk: number, { abandoned }: DispatchOutcome): void => {
    // What is abandoned while the engine runs on was a strategy's that has gone.
    if (chunk !== 0 && plane.intake.sealed) lost += abandoned
  }
  return {
    entered(entries) {
      for (const { reason, strategy } of entries) {
        if (reason !== 'shutdown') continue
        if (strategy === undefined) queued += 1
        else delivered += 1
      }
    },
    dispatched({ chunk, outcomes }) {
      for (const outcome of outcomes) take(chunk, outcome)
    },
    outcome: take,
    ended() {
      if (!kept) lost = 0
      if (delivered !== lost)
        fail('shutdown', `a stop gave up ${lost} deliveries, and ${delivered} became dead letters`)
      if (queued > 0 && !kept) fail('shutdown', `${queued} queued events became dead letters, unasked`)
    },
  }
}
