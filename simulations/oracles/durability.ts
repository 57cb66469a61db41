import type { OutcryEvent } from 'outcry'
import type { Disk } from '../disk.js'
import type { Oracle, Subject } from '../subject.js'

/** What has been promised of events, over all engines of a run that have one journal. */
export class Promises {
  /** Accepted as durable and not known to be handled: the next engine owes them. By sequence, their ids. */
  readonly owed = new Map<number, string>()
  /** By id of an event that is durable: how many had been taken when it was. */
  readonly taken = new Map<string, number>()
  count = 0
}

/**
 * What was accepted as durable is on the disk when its publisher hears of it, is there again after a
 * crash or a stop, marked as delivered before, and is brought to its end, by whichever engine; and
 * its id is remembered by the next engine as it was by the one before.
 */
export function durability({ plane, fail, marks }: Subject, disk: Disk, promises: Promises): Oracle & Durability {
  const { options, staging } = plane
  const { window } = options.dedupe
  const { owed, taken } = promises
  const promising = options.durability === 'chunk'
  const leased = new Set<number>()
  const gone = new Set<number>()
  /** Handed on, as far as is known, after the engine had given up: it may come again, and need not. */
  const uncertain = new Set<number>()
  const here = new Set<number>()
  const floor = (): number => plane.journalling?.recovered?.lastSequence ?? 0
  const over = ({ sequence }: OutcryEvent): void => void gone.add(sequence)
  return {
    accepted(event) {
      // What goes on without a journal was promised to nobody.
      if (!promising || staging?.bypassed !== false) return
      const { sequence, id } = event
      if (!disk.durable.has(sequence)) fail('durability', `event ${sequence} was accepted before it was on the disk`)
      owed.set(sequence, id)
      here.add(sequence)
      promises.count += 1
      const before = taken.get(id)
      // A derived one repeats its id where its cause is handled again after it was forgotten.
      if (before !== undefined && promises.count - before < window / 2 && !event.derived)
        fail('durability', `event ${id} was accepted again after ${promises.count - before} events`)
      taken.set(id, promises.count)
    },
    judged(event, expired) {
      if (expired) over(event)
    },
    evicted: over,
    conflated: over,
    leased({ events }) {
      const recovered = floor()
      for (const { sequence, redelivered } of events) {
        leased.add(sequence)
        if (redelivered) marks.sometimes('journal-redelivered')
        if (redelivered !== sequence <= recovered)
          fail('durability', `event ${sequence} is ${redelivered ? '' : 'not '}marked as delivered before`)
      }
    },
    dispatched({ events, outcomes }) {
      if (plane.intake.sealed || outcomes.some(({ abandoned }) => abandoned > 0 && plane.intake.sealed))
        for (const { sequence } of events) uncertain.add(sequence)
    },
    recovered() {
      const { recovered } = plane.journalling ?? {}
      if (recovered === undefined || recovered.lastSequence === 0) return
      marks.sometimes('journal-recovered')
      const lost = [...owed.keys()].find(
        (sequence) => !recovered.unsettled.some(({ from, to }) => sequence >= from && sequence <= to),
      )
      if (lost !== undefined) fail('durability', `event ${lost} was accepted and not handled, and is not there again`)
    },
    over() {
      const open = new Set<number>()
      for (const work of plane.dispatcher.open)
        if (!work.redelivery) for (const { sequence } of work.chunk.events) open.add(sequence)
      for (const sequence of owed.keys())
        if (gone.has(sequence) || uncertain.has(sequence) || (leased.has(sequence) && !open.has(sequence)))
          owed.delete(sequence)
      const counts = plane.journalling?.writer.counts
      marks.sometimes('journal-refused', counts?.refused ?? 0)
      marks.sometimes('journal-failing', counts?.failures ?? 0)
      marks.sometimes('journal-bypassed', counts?.unjournalled ?? 0)
    },
    told(sequence) {
      if (
        promising &&
        staging?.bypassed === false &&
        !here.has(sequence) &&
        (plane.journalling?.writer.counts.unjournalled ?? 0) === 0
      )
        fail('durability', `the publisher of event ${sequence} was told that it is accepted before it was durable`)
    },
  }
}

/** What the life of an engine tells this oracle beside the seams. */
export interface Durability {
  /** The engine has started: what an earlier one left is there. */
  recovered(): void
  /** It has ended, or was killed. */
  over(): void
  /** A publisher was told that its event is accepted. */
  told(sequence: number): void
}
