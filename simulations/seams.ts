import type { EventDraft, OutcryEvent, Receipt, RefusalReason, SignalEvent, StrategyChange } from 'outcry'
import { type CallWatcher, instrument } from './instrument.js'
import { watchBreaker } from './oracles/breakers.js'
import { watchByModel } from './oracles/breakers-by-model.js'
import type { Admission, Breaker, Call, Command, Oracle, Plane, Runtime, Subject } from './subject.js'
import type { Trouble } from './trouble.js'

type Taken = ReturnType<Plane['intake']['admit']>

const LANES = 4

const having = (oracles: readonly Oracle[], hook: keyof Oracle): readonly Oracle[] =>
  oracles.filter((oracle) => oracle[hook] !== undefined)

/** The oracles of one engine as one, each hook a plain loop. */
export class Chorus {
  /** Of what happens for every event or every timer, those that want to hear. */
  private readonly ofAdmitted: readonly Oracle[]
  private readonly ofCalled: readonly Oracle[]
  private readonly ofReturned: readonly Oracle[]
  private readonly ofStep: readonly Oracle[]

  constructor(private readonly oracles: readonly Oracle[]) {
    this.ofAdmitted = having(oracles, 'admitted')
    this.ofCalled = having(oracles, 'called')
    this.ofReturned = having(oracles, 'returned')
    this.ofStep = having(oracles, 'step')
  }

  admitted(admission: Admission): void {
    for (const oracle of this.ofAdmitted) oracle.admitted?.(admission)
  }

  refused(draft: EventDraft, reason: RefusalReason, derived: boolean): void {
    for (const oracle of this.oracles) oracle.refused?.(draft, reason, derived)
  }

  called(call: Call): void {
    for (const oracle of this.ofCalled) oracle.called?.(call)
  }

  returned(call: Call, ok: boolean): void {
    for (const oracle of this.ofReturned) oracle.returned?.(call, ok)
  }

  halted(symbol: string | undefined): void {
    for (const oracle of this.oracles) oracle.halted?.(symbol)
  }

  reset(symbol: string | undefined): void {
    for (const oracle of this.oracles) oracle.reset?.(symbol)
  }

  signalled(signal: SignalEvent): void {
    for (const oracle of this.oracles) oracle.signalled?.(signal)
  }

  written(sink: string, signals: readonly SignalEvent[]): void {
    for (const oracle of this.oracles) oracle.written?.(sink, signals)
  }

  commanded(strategy: string, action: Command): void {
    for (const oracle of this.oracles) oracle.commanded?.(strategy, action)
  }

  changed(change: StrategyChange): void {
    for (const oracle of this.oracles) oracle.changed?.(change)
  }

  incarnated(strategy: string): void {
    for (const oracle of this.oracles) oracle.incarnated?.(strategy)
  }

  turnedAway(strategy: string): void {
    for (const oracle of this.oracles) oracle.turnedAway?.(strategy)
  }

  stopping(strategy: string): void {
    for (const oracle of this.oracles) oracle.stopping?.(strategy)
  }

  ticked(strategy: string): void {
    for (const oracle of this.oracles) oracle.ticked?.(strategy)
  }

  step(): void {
    for (const oracle of this.ofStep) oracle.step?.()
  }

  ended(inOrder: boolean): void {
    for (const oracle of this.oracles) oracle.ended?.(inOrder)
  }

  /** Joins the oracles to an engine at its seams: the intake, the queue, the dispatch records, the dead letters. */
  attach(plane: Plane): void {
    const { oracles } = this
    const ofAccepted = having(oracles, 'accepted')
    watchIntake(plane, this)
    this.watchQueue(plane)
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
      const due = madeDue(plane, runtime, () => redeliver(runtime, event, onDone))
      for (const oracle of oracles) oracle.redelivered?.(due)
    }
    plane.audit.add({
      conflated: (older, newer) => {
        for (const oracle of oracles) oracle.conflated?.(older, newer)
      },
      accepted: (event) => {
        for (const oracle of ofAccepted) oracle.accepted?.(event)
      },
      dispatched: (record) => {
        for (const oracle of oracles) oracle.dispatched?.(record)
      },
      outcome: (chunk, outcome) => {
        for (const oracle of oracles) oracle.outcome?.(chunk, outcome)
      },
    })
  }

  private watchQueue({ queue }: Plane): void {
    const { oracles } = this
    const ofJudged = having(oracles, 'judged')
    const lease = queue.lease.bind(queue)
    let judge: ((event: OutcryEvent) => boolean) | undefined
    let expired = 0
    const judged = (event: OutcryEvent): boolean => {
      const gone = judge?.(event) === true
      if (gone) expired += 1
      for (const oracle of ofJudged) oracle.judged?.(event, gone)
      return gone
    }
    const enterDeferred = queue.enterDeferred.bind(queue)
    queue.enterDeferred = (...window) => {
      const before: OutcryEvent[] = []
      const after = new Set<OutcryEvent>()
      queue.conflated.forEach((event) => void before.push(event))
      enterDeferred(...window)
      queue.conflated.forEach((event) => void after.add(event))
      for (const event of before) if (!after.has(event)) for (const oracle of oracles) oracle.entersDeferred?.(event)
    }
    const evictOldest = queue.evictOldest.bind(queue)
    queue.evictOldest = (lane) => {
      const event = evictOldest(lane)
      if (event !== undefined) for (const oracle of oracles) oracle.evicted?.(event)
      return event
    }
    queue.lease = (most, given) => {
      const leasable = Array.from({ length: LANES }, (_, lane) => queue.leasableIn(lane))
      judge = given
      expired = 0
      const chunk = given === undefined ? lease(most) : lease(most, judged)
      if (chunk === undefined) for (const oracle of oracles) oracle.leasedNothing?.()
      else for (const oracle of oracles) oracle.leased?.(chunk, leasable, most, expired)
      return chunk
    }
  }
}

/**
 * How many deliveries a redrive makes due, without those of others: while the strategy has it, it may fail,
 * its group may be restarted with it, and a chunk that waited for one of them goes on to its next group.
 */
function madeDue({ book }: Plane, runtime: Runtime, redrive: () => void): number {
  const due = (): number => book.deliveries.figures.due
  const before = due()
  let ofOthers = 0
  const { offer } = runtime
  runtime.offer = (delivery) => {
    runtime.offer = offer
    const offered = due()
    offer.call(runtime, delivery)
    ofOthers = due() - offered
  }
  redrive()
  runtime.offer = offer
  return due() - before - ofOthers
}

const receiptOf = (taken: Taken): Receipt =>
  'status' in taken ? taken : { status: 'accepted', id: taken.id, sequence: taken.sequence }

function watchIntake(plane: Plane, chorus: Chorus): void {
  const { intake, queue, book } = plane
  let watched: EventDraft | undefined
  /** Tells of what a way in did with a draft; of nothing where it left that to the next. One way may lead into another. */
  const watch = <T extends Taken | undefined>(
    draft: EventDraft,
    lane: number | undefined,
    reserved: boolean,
    way: () => T,
  ): T => {
    if (watched === draft) return way()
    const depthBefore = queue.size
    const evictedBefore = book.events.figures.evicted + book.derived.figures.evicted
    const closedBefore = intake.closed
    const sealedBefore = intake.sealed
    const outer = watched
    watched = draft
    const taken = way()
    watched = outer
    if (taken === undefined) return taken
    const receipt = receiptOf(taken)
    chorus.admitted({
      draft,
      lane: lane ?? intake.laneOf(draft),
      reserved,
      receipt,
      depthBefore,
      evictedBefore,
      closedBefore,
      sealedBefore,
    })
    return taken
  }
  const admit = intake.admit.bind(intake)
  intake.admit = (draft, lane, reserved = false, ...rest) =>
    watch(draft, lane, reserved, () => admit(draft, lane, reserved, ...rest))
  const pass = intake.pass.bind(intake)
  // What has come to something was a draft.
  intake.pass = (input, receivedAt) => watch(input as EventDraft, undefined, false, () => pass(input, receivedAt))
  const refuse = intake.refuse.bind(intake)
  intake.refuse = (draft, reason, ...rest) => {
    const { published } = book.derived.figures
    const receipt = refuse(draft, reason, ...rest)
    chorus.refused(draft, reason, book.derived.figures.published !== published)
    return receipt
  }
}

function watchRefusals(breaker: Breaker, refused: () => void): void {
  const acquire = breaker.acquire.bind(breaker)
  breaker.acquire = () => {
    const answer = acquire()
    if (!('generation' in answer)) refused()
    return answer
  }
}

/** Instruments the strategies that an engine has and those that come later, and watches their breakers. */
export function watchStrategies(
  { plane, environment, fail, marks }: Subject,
  trouble: Trouble,
  watcher: CallWatcher,
): void {
  const { stage } = plane
  const watched = new WeakSet<object>()
  const watch = (runtime: Runtime): void => {
    // The next incarnation of a strategy has the definition of the last one.
    if (!watched.has(runtime.definition)) {
      instrument(runtime, trouble, watcher)
      watched.add(runtime.definition)
    }
    // Not the stage's: there a replacement takes its place a moment later.
    const breaker = runtime.breaker as Breaker | undefined
    if (breaker === undefined || watched.has(breaker)) return
    watchBreaker(breaker, { fail, marks })
    watchByModel(breaker, () => environment.monotonic(), { fail })
    watchRefusals(breaker, () => watcher.turnedAway(runtime.name))
    watched.add(breaker)
  }
  for (const runtime of stage.runtimes.values()) watch(runtime)
  // What guards a sink is there from the start and stays.
  for (const breaker of stage.breakers) {
    if (watched.has(breaker)) continue
    watchBreaker(breaker, { fail, marks })
    watchByModel(breaker, () => environment.monotonic(), { fail })
  }
  const inside = stage as unknown as { furnish(runtime: Runtime, breaker: unknown): void }
  const furnish = inside.furnish.bind(stage)
  inside.furnish = (runtime, breaker) => {
    furnish(runtime, breaker)
    watch(runtime)
  }
}
