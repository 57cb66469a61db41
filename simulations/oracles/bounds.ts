import type { Oracle, Subject } from '../subject.js'

/** Looks at names and members of actors every so many steps: the tree is walked for it. */
const EVERY = 64

/** Nothing grows beyond its bound, and there is one live actor of a name. */
export function bounds({ plane, engine, fail }: Subject): Oracle {
  const { options, queue, waiters, runner, stage, deadLetters } = plane
  const { capacity, signalHeadroom } = options.queue
  // What an earlier engine had accepted is queued again whatever the bounds.
  const most = (): number => capacity + signalHeadroom + (plane.journalling?.redelivery.count ?? 0)
  let steps = 0
  /** What a halt of the whole engine stops in front of goes back to those that wait: one delivery more. */
  let putBack = 0
  const within = (what: string, held: number, bound: number): void => {
    if (held > bound) fail('bounds', `${what} is ${held}, at most ${bound} is allowed`)
  }
  const actors = (): void => {
    const names = engine.actors()
    if (new Set(names).size < names.length) fail('bounds', 'two live actors have one name')
    const workers = names.filter((name) => /worker-\d+$/.test(name)).length
    if (workers !== plane.workers.live) fail('bounds', `${workers} workers live, ${plane.workers.live} are known`)
  }
  return {
    halted(symbol) {
      if (symbol === undefined) putBack = options.chunk.maxEvents
    },
    admitted({ reserved, receipt, depthBefore, evictedBefore }) {
      const evicted = plane.book.events.figures.evicted + plane.book.derived.figures.evicted - evictedBefore
      if (
        receipt.status === 'accepted' &&
        !reserved &&
        depthBefore >= capacity &&
        evicted === 0 &&
        receipt.replaced === undefined &&
        receipt.replacedBy === undefined
      )
        fail('bounds', `event ${receipt.id} was taken with ${depthBefore} queued of at most ${capacity}`)
    },
    leased(chunk) {
      if (engine.state === 'running.paused') fail('states', `chunk ${chunk.id} went out while the engine was paused`)
      within('events of a chunk', chunk.events.length, options.chunk.maxEvents)
    },
    step() {
      within('the queue', queue.size, most())
      within('the deepest that the queue was', queue.peakDepth, most())
      within('waiting publishers', waiters.size, waiters.maxWaiters)
      within('asynchronous handlers in flight', runner.inFlight, options.concurrency)
      within('dead letters', deadLetters.store.held, options.deadLetters.maxCount)
      within('bytes of dead letters', deadLetters.store.bytes, options.deadLetters.maxBytes)
      within('workers', plane.workers.workers, options.workers.max)
      for (const { name, backlog, inbox } of stage.runtimes.values()) {
        if (backlog === 0 && inbox.length === 0) continue
        const mostWaiting = options.maxBacklog + putBack
        if (backlog > mostWaiting) within(`the backlog of ${name}`, backlog, mostWaiting)
        const waiting = inbox.reduce((sum, delivery) => sum + delivery.events.length, 0)
        if (waiting !== backlog) fail('bounds', `${name} counts ${backlog} deliveries waiting of ${waiting}`)
      }
      for (const { name, members } of stage.groups)
        if (members.length > options.groupSize) within(`members of ${name}`, members.length, options.groupSize)
      steps += 1
      if (steps % EVERY === 0) actors()
    },
  }
}
