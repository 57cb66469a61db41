import type { DispatchOutcome } from 'outcry'
import type { Oracle, Plane, Subject } from '../subject.js'

/** Deliveries that were given up already, in chunks whose record is still to come. */
function givenUpBefore({ dispatcher }: Plane): number {
  let count = 0
  for (const { stepping, redelivery, deliveries } of dispatcher.open) {
    // Of one that has stepped, each outcome was told when it came about.
    if (stepping && !redelivery) for (const { abandoned } of deliveries) count += abandoned
  }
  return count
}

/** Where dead letters are to keep what a stop gave up, each of it becomes one; where not, none does. */
export function shutdown({ plane, fail }: Subject): Oracle {
  const kept = plane.options.deadLetters.keep.includes('shutdown')
  let queued = 0
  let delivered = 0
  let lost = 0
  const giveUp = plane.giveUp.bind(plane)
  plane.giveUp = () => {
    // A strategy whose end brings the engine down has given up what it held before: that was no stop's
    // doing, although the record of a chunk that is still on its way comes after the seal.
    if (!plane.intake.sealed) lost -= givenUpBefore(plane)
    giveUp()
  }
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
