import { everyNth, inside, type Mutant } from './inside.js'

export const engineMutants: readonly Mutant[] = [
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
    name: 'stop-buries-nothing-in-flight',
    what: 'what a stop gives up in flight becomes no dead letter, although those are to keep it',
    engine: (plane) => {
      const target = inside(plane)
      const bury = target.bury.bind(plane)
      target.bury = (entries) => bury(entries.filter(({ reason, strategy }) => reason !== 'shutdown' || !strategy))
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
