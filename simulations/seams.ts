import { type CallWatcher, instrument } from './instrument.js'
import { watchBreaker } from './oracles/breakers.js'
import type { Admission, Call, Oracle, Plane, Runtime, Subject } from './subject.js'
import type { Trouble } from './trouble.js'

const LANES = 4

/** The oracles of one engine as one, each hook a plain loop. */
export class Chorus {
  constructor(private readonly oracles: readonly Oracle[]) {}

  admitted(admission: Admission): void {
    for (const oracle of this.oracles) oracle.admitted?.(admission)
  }

  called(call: Call): void {
    for (const oracle of this.oracles) oracle.called?.(call)
  }

  returned(call: Call, ok: boolean): void {
    for (const oracle of this.oracles) oracle.returned?.(call, ok)
  }

  step(): void {
    for (const oracle of this.oracles) oracle.step?.()
  }

  ended(): void {
    for (const oracle of this.oracles) oracle.ended?.()
  }

  /** Joins the oracles to an engine at its seams: the intake, the queue, the dispatch records, the dead letters. */
  attach(plane: Plane): void {
    const { oracles } = this
    watchIntake(plane, this)
    const queue = plane.queue
    const lease = queue.lease.bind(queue)
    queue.lease = (most) => {
      const leasable = Array.from({ length: LANES }, (_, lane) => queue.leasableIn(lane))
      const chunk = lease(most)
      if (chunk !== undefined) for (const oracle of oracles) oracle.leased?.(chunk, leasable, most)
      return chunk
    }
    const letters = plane.deadLetters
    const enter = letters.enter.bind(letters)
    letters.enter = (entries) => {
      const held = enter(entries)
      for (const oracle of oracles) oracle.entered?.(entries, held)
      return held
    }
    const { dispatcher } = plane
    const redeliver = dispatcher.redeliver.bind(dispatcher)
    dispatcher.redeliver = (runtime, event, onDone) => {
      for (const oracle of oracles) oracle.redriven?.(runtime.name, event)
      const { due } = plane.book.deliveries.figures
      redeliver(runtime, event, onDone)
      for (const oracle of oracles) oracle.redelivered?.(due)
    }
    plane.audit.add({
      accepted: (event) => {
        for (const oracle of oracles) oracle.accepted?.(event)
      },
      dispatched: (record) => {
        for (const oracle of oracles) oracle.dispatched?.(record)
      },
      outcome: (chunk, outcome) => {
        for (const oracle of oracles) oracle.outcome?.(chunk, outcome)
      },
    })
  }
}

function watchIntake(plane: Plane, chorus: Chorus): void {
  const { intake, queue, book } = plane
  const admit = intake.admit.bind(intake)
  intake.admit = (draft, lane, reserved = false, ...rest) => {
    const depthBefore = queue.depth
    const evictedBefore = book.events.figures.evicted + book.derived.figures.evicted
    const closedBefore = intake.closed
    const sealedBefore = intake.sealed
    const receipt = admit(draft, lane, reserved, ...rest)
    chorus.admitted({ draft, lane, reserved, receipt, depthBefore, evictedBefore, closedBefore, sealedBefore })
    return receipt
  }
}

/** Instruments the strategies that an engine has and those that come later, and watches their breakers. */
export function watchStrategies({ plane, fail, marks }: Subject, trouble: Trouble, watcher: CallWatcher): void {
  const { stage } = plane
  const watched = new WeakSet<object>()
  const watch = (runtime: Runtime): void => {
    // The next incarnation of a strategy has the definition of the last one.
    if (!watched.has(runtime.definition)) {
      instrument(runtime, trouble, watcher)
      watched.add(runtime.definition)
    }
    const breaker = stage.breaker(runtime.name)
    if (breaker === undefined || watched.has(breaker)) return
    watchBreaker(breaker, { fail, marks })
    watched.add(breaker)
  }
  for (const runtime of stage.runtimes.values()) watch(runtime)
  const inside = stage as unknown as { furnish(runtime: Runtime, breaker: unknown): void }
  const furnish = inside.furnish.bind(stage)
  inside.furnish = (runtime, breaker) => {
    furnish(runtime, breaker)
    watch(runtime)
  }
}
