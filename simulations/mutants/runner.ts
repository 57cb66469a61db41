import { everyNth, inside, type Mutant } from './inside.js'

export const runnerMutants: readonly Mutant[] = [
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
