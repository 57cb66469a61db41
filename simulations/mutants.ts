import type { EventDraft, OutcryEvent } from 'outcry'
import { type CircuitBreaker, isRejection, Permit } from 'outcry/actors'
import type { Mutations } from './run.js'
import type { Plane, Runtime } from './subject.js'

/** A known bug, put into production code from outside. A simulation that does not find it has a hole. */
export interface Mutant extends Mutations {
  readonly name: string
  readonly what: string
}

type Delivery = Runtime['inbox'][number]

/** The private side of the data plane, as far as bugs are put into it. */
interface Inside {
  readonly intake: { ports: { capacity: number; dedupe?: { add(id: string): boolean; delete(id: string): boolean } } }
  readonly runner: {
    calls: { failed(runtime: Runtime, delivery: Delivery, error: unknown): void }
    slots: { release(runtime: Runtime): void }
    options: { maxBacklog: number; onDetached(delivery: Delivery): void }
  }
  readonly dispatcher: {
    ports: { router: { split(events: readonly OutcryEvent[]): { of(interest: unknown): unknown } } }
  }
  readonly timers: { ports: { environment: Plane['environment'] } }
  readonly outboxes: readonly { write(): void; queue: unknown[] }[]
}

const inside = (plane: Plane): Inside => plane as unknown as Inside

/** True once in every so many calls, so that a bug is rare enough to be missed. */
function everyNth(times: number): () => boolean {
  let calls = 0
  return () => {
    calls += 1
    return calls % times === 0
  }
}

const breakerMutants: readonly Mutant[] = [
  {
    name: 'stale-generation-accepted',
    what: 'a result of a call from before the breaker moved is counted',
    breaker: (breaker: CircuitBreaker) => {
      const report = breaker.report.bind(breaker)
      breaker.report = (permit, results) =>
        report(permit.generation === breaker.generation ? permit : new Permit(breaker.generation, false), results)
    },
  },
  {
    name: 'one-permit-too-many',
    what: 'half-open lets one more probe through than it may',
    breaker: (breaker: CircuitBreaker) => {
      const acquire = breaker.acquire.bind(breaker)
      breaker.acquire = () => {
        const answer = acquire()
        return isRejection(answer) && answer.state === 'halfOpen' ? new Permit(breaker.generation, true) : answer
      }
    },
  },
  {
    name: 'open-lets-through',
    what: 'now and then an open breaker lets a call through',
    breaker: (breaker: CircuitBreaker) => {
      const acquire = breaker.acquire.bind(breaker)
      const now = everyNth(7)
      breaker.acquire = () => {
        const answer = acquire()
        return isRejection(answer) && answer.state === 'open' && now() ? new Permit(breaker.generation, false) : answer
      }
    },
  },
]

const queueMutants: readonly Mutant[] = [
  {
    name: 'dedupe-before-accept',
    what: 'the id of an event that was refused is remembered, so that its retry is a duplicate',
    engine: (plane) => {
      const { intake } = plane
      const admit = intake.admit.bind(intake)
      intake.admit = (draft: EventDraft, ...rest) => {
        const receipt = admit(draft, ...rest)
        if (receipt.status === 'refused' && receipt.reason === 'full' && draft.id !== undefined)
          inside(plane).intake.ports.dedupe?.add(draft.id)
        return receipt
      }
    },
  },
  {
    name: 'duplicates-pass',
    what: 'every hundredth duplicate is taken',
    engine: (plane) => {
      const { dedupe } = inside(plane).intake.ports
      if (dedupe === undefined) return
      const add = dedupe.add.bind(dedupe)
      const now = everyNth(3)
      dedupe.add = (id) => add(id) || now()
    },
  },
  {
    name: 'lease-released-early',
    what: 'a chunk that has to be awaited does not hold its cells',
    engine: ({ queue }) => {
      queue.hold = () => {}
    },
  },
  {
    name: 'chunk-out-of-order',
    what: 'two events of a chunk change places',
    engine: ({ queue }) => {
      const lease = queue.lease.bind(queue)
      const now = everyNth(20)
      queue.lease = (most) => {
        const chunk = lease(most)
        if (chunk !== undefined && chunk.events.length > 1 && now()) chunk.events.reverse()
        return chunk
      }
    },
  },
  {
    name: 'eviction-not-counted',
    what: 'an event that gave its room to another is in no count',
    engine: ({ book }) => {
      book.events.evicted = () => {}
      book.derived.evicted = () => {}
    },
  },
  {
    name: 'ageing-off',
    what: 'the low lane waits for ever while there is anything more urgent',
    engine: ({ queue }) => {
      Object.assign(queue, { ageingChunks: 1_000_000 })
    },
  },
  {
    name: 'headroom-for-all',
    what: 'every event may use the room that is kept for signals',
    engine: (plane) => {
      const { ports } = inside(plane).intake
      Object.assign(ports, { capacity: ports.capacity + plane.queue.signalHeadroom })
      Object.assign(plane.queue, { capacity: plane.queue.capacity + plane.queue.signalHeadroom })
    },
  },
  {
    name: 'waiting-publisher-forgotten',
    what: 'some that wait for room are never told of any',
    engine: ({ waiters }) => {
      const wait = waiters.wait.bind(waiters)
      const now = everyNth(10)
      waiters.wait = (waiter, timeoutMs) => (now() ? true : wait(waiter, timeoutMs))
    },
  },
]

const runnerMutants: readonly Mutant[] = [
  {
    name: 'retry-loses-an-event',
    what: 'an event that is to be tried again counts as handled instead',
    engine: (plane) => {
      const { calls } = inside(plane).runner
      const failed = calls.failed.bind(calls)
      calls.failed = (runtime, delivery, error) => {
        const before = delivery.ranges.length
        failed(runtime, delivery, error)
        if (delivery.to - delivery.from === 1 && delivery.ranges.length > before) {
          delivery.ranges.length = before
          delivery.succeeded += 1
        }
      }
    },
  },
  {
    name: 'bisection-drops-half',
    what: 'of a chunk that failed only one half is tried again; the other counts as handled',
    engine: (plane) => {
      const { calls } = inside(plane).runner
      const failed = calls.failed.bind(calls)
      calls.failed = (runtime, delivery, error) => {
        const { from, to } = delivery
        failed(runtime, delivery, error)
        if (to - from < 2) return
        delivery.ranges.splice(-4, 2)
        delivery.succeeded += to - ((from + to) >>> 1)
      }
    },
  },
  {
    name: 'poison-is-anybody',
    what: 'the event before the poison one becomes the dead letter',
    engine: (plane) => {
      const { calls } = inside(plane).runner
      const failed = calls.failed.bind(calls)
      calls.failed = (runtime, delivery, error) => {
        const before = delivery.failures.length
        failed(runtime, delivery, error)
        const failure = delivery.failures[before]
        const wrong = delivery.events[Math.max(0, delivery.from - 1)]
        if (failure !== undefined && wrong !== undefined) Object.assign(failure, { event: wrong })
      }
    },
  },
  {
    name: 'late-answer-accepted',
    what: 'an answer that comes after its timeout is taken as if it were in time',
    engine: (plane) => {
      for (const runtime of plane.stage.runtimes.values())
        Object.defineProperty(runtime, 'generation', { get: () => 0, set: () => {} })
    },
  },
  {
    name: 'slot-never-given-back',
    what: 'an asynchronous call keeps its place among the concurrent ones',
    engine: (plane) => {
      const { slots } = inside(plane).runner
      const release = slots.release.bind(slots)
      const now = everyNth(40)
      slots.release = (runtime) => {
        if (runtime.release !== undefined && now()) runtime.release = undefined
        else release(runtime)
      }
    },
  },
  {
    name: 'backlog-unbounded',
    what: 'a late strategy may have any number of deliveries waiting',
    engine: (plane) => {
      Object.assign(inside(plane).runner.options, { maxBacklog: Number.POSITIVE_INFINITY })
    },
  },
  {
    name: 'laggard-holds-its-group',
    what: 'a strategy that is late is not left behind',
    engine: (plane) => {
      Object.assign(inside(plane).runner.options, { onDetached: () => {} })
    },
  },
]

const engineMutants: readonly Mutant[] = [
  {
    name: 'stop-drops-in-flight',
    what: 'what is in flight at a stop is forgotten, not abandoned',
    engine: (plane) => {
      const giveUp = plane.giveUp.bind(plane)
      plane.giveUp = () => {
        plane.dispatcher.open.clear()
        giveUp()
      }
    },
  },
  {
    name: 'timers-by-insertion-order',
    what: 'timers of strategies fire in the order in which they were set',
    engine: (plane) => {
      const { environment } = plane
      const waiting: (() => void)[] = []
      Object.assign(inside(plane).timers.ports, {
        environment: Object.assign(Object.create(environment) as object, {
          setTimeout: (callback: () => void, delayMs: number) => {
            waiting.push(callback)
            return environment.setTimeout(() => waiting.shift()?.(), delayMs)
          },
          now: () => environment.now(),
          clearTimeout: (timer: undefined) => environment.clearTimeout(timer),
        }),
      })
    },
  },
  {
    name: 'timers-outlive-the-engine',
    what: 'a strategy that ends leaves its timers',
    engine: ({ timers }) => {
      timers.clear = () => {}
    },
  },
  {
    name: 'worker-lost-with-its-chunk',
    what: 'a worker is not told that the chunk it waits for has stepped',
    engine: (plane) => {
      const work = plane.work.bind(plane)
      const now = everyNth(5)
      plane.work = (onStepped) => work(now() ? () => {} : onStepped)
    },
  },
  {
    name: 'redrive-taken-for-a-duplicate',
    what: 'a dead letter that is sent again goes through the intake, which knows its id',
    engine: ({ dispatcher }) => {
      dispatcher.redeliver = () => {}
    },
  },
  {
    name: 'dead-letter-dropped-when-full',
    what: 'a full store of dead letters drops the new one without a count',
    engine: ({ deadLetters, options }) => {
      const { store } = deadLetters
      const add = store.add.bind(store)
      store.add = (entry) => {
        const letter = store.list({}, { limit: 1 })[0]
        return letter !== undefined && store.held >= options.deadLetters.maxCount ? letter : add(entry)
      }
    },
  },
  {
    name: 'skipped-not-counted',
    what: 'deliveries that an open breaker kept back are in no count',
    engine: ({ book }) => {
      book.deliveries.skipped = () => {}
    },
  },
  {
    name: 'strategy-forgotten-by-the-router',
    what: 'now and then a strategy is not handed its events of a chunk',
    engine: (plane) => {
      const { router } = inside(plane).dispatcher.ports
      const split = router.split.bind(router)
      const now = everyNth(50)
      router.split = (events) => {
        const made = split(events)
        if (now()) made.of = () => undefined
        return made
      }
    },
  },
  {
    name: 'pause-ignored',
    what: 'chunks go out while the engine is paused',
    engine: ({ pump }) => {
      pump.deactivate = () => {}
    },
  },
  {
    name: 'signal-lost-on-its-way-out',
    what: 'now and then a sink is not given the first signal of a batch',
    engine: (plane) => {
      const now = everyNth(5)
      for (const outbox of inside(plane).outboxes) {
        const write = outbox.write.bind(outbox)
        outbox.write = () => {
          if (outbox.queue.length > 0 && now()) outbox.queue.shift()
          write()
        }
      }
    },
  },
]

export const MUTANTS: readonly Mutant[] = [...breakerMutants, ...queueMutants, ...runnerMutants, ...engineMutants]
