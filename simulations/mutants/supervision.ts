import { everyNth, inside, type Mutant } from './inside.js'

/** Bugs in what turns events and strategies away for a time: halts, times to live, rates, restarts. */
export const supervisionMutants: readonly Mutant[] = [
  {
    name: 'halted-symbol-delivered',
    what: 'events of a symbol that is halted are delivered all the same',
    engine: ({ halts }) => {
      halts.skips = () => false
    },
  },
  {
    name: 'halted-signal-sent',
    what: 'a signal about a symbol that is halted goes out',
    engine: ({ halts }) => {
      halts.withholds = () => halts.whole !== undefined
    },
  },
  {
    name: 'halt-leaves-the-slots',
    what: 'a call that waits for its slot is made although the engine is halted meanwhile',
    engine: (plane) => {
      const { halts } = plane
      inside(plane).runner.options.halts = Object.assign(Object.create(halts) as typeof halts, { whole: undefined })
    },
  },
  {
    name: 'never-expires',
    what: 'a time to live is not looked at',
    engine: (plane) => {
      inside(plane).dispatcher.ports.expiry.begin = () => undefined
    },
  },
  {
    name: 'expires-by-its-timestamp',
    what: 'an event that was late when it came counts as having waited here',
    engine: (plane) => {
      const { expiry } = inside(plane).dispatcher.ports
      const { environment, options } = plane
      const begin = expiry.begin.bind(expiry)
      expiry.begin = () => {
        const judge = begin()
        if (judge === undefined) return undefined
        return (event) => {
          const ttlMs = options.ttlMs?.[event.type]
          if (ttlMs === undefined || environment.now() - event.timestamp <= ttlMs || judge(event)) return judge(event)
          expiry.gone.push(event)
          return true
        }
      }
    },
  },
  {
    name: 'expired-not-counted',
    what: 'now and then an expired event is in no count',
    engine: ({ book }) => {
      book.events.expired = () => {}
    },
  },
  {
    name: 'tokens-not-taken',
    what: 'every tenth event that a rate limit lets through costs nothing',
    engine: ({ sourceLimits }) => {
      if (sourceLimits === undefined) return
      const bucketOf = sourceLimits.bucketOf.bind(sourceLimits)
      const now = everyNth(10)
      sourceLimits.bucketOf = (name) => (now() ? undefined : bucketOf(name))
    },
  },
  {
    name: 'refused-for-nothing',
    what: 'now and then a strategy within its rate is turned away',
    engine: ({ strategyLimits }) => {
      if (strategyLimits === undefined) return
      const admits = strategyLimits.admits.bind(strategyLimits)
      const now = everyNth(20)
      strategyLimits.admits = (bucket, name, at) => admits(bucket, name, at) && !now()
    },
  },
  {
    name: 'restart-intensity-off',
    what: 'a strategy that fails on and on is started again for ever',
    engine: ({ stage }) => {
      for (const name of stage.runtimes.keys()) {
        const seat = stage.seat(name) as unknown as { restarts: { allows(): boolean } } | undefined
        if (seat !== undefined) seat.restarts.allows = () => true
      }
    },
  },
  {
    name: 'restart-at-once',
    what: 'a strategy that failed is started again without its wait',
    engine: ({ stage }) => {
      for (const name of stage.runtimes.keys())
        Object.defineProperty(stage.seat(name) ?? {}, 'backoffMs', { get: () => 0 })
    },
  },
  {
    name: 'paused-strategy-catches-up',
    what: 'what comes while a strategy is paused waits for it and is not skipped',
    engine: ({ stage }) => {
      for (const name of stage.runtimes.keys()) {
        const seat = stage.seat(name)
        if (seat === undefined) continue
        const skip = seat.skip.bind(seat)
        seat.skip = () => (seat.paused ? seat.take() : skip())
      }
    },
  },
  {
    name: 'conflates-backwards',
    what: 'a straggler takes the place of a later quote',
    engine: (plane) => {
      const { conflater } = inside(plane).intake.ports
      const turnOf = conflater.turnOf.bind(conflater)
      conflater.turnOf = (event, lane) =>
        turnOf(Object.assign(Object.create(event), { timestamp: Number.MAX_VALUE }), lane)
    },
  },
  {
    name: 'window-ignored',
    what: 'events of a conflated type enter the queue as they come, whatever entered in their window',
    engine: ({ types }) => {
      types.windowOf = () => 0
    },
  },
  {
    name: 'window-never-ends',
    what: 'the last event of a window is not delivered before the engine stops',
    engine: ({ windows }) => {
      windows.waitFor = () => {}
    },
  },
  {
    name: 'first-of-window-delivered',
    what: 'what waits for its window is not replaced by what is newer, though it is counted as replaced',
    engine: ({ queue: { conflated } }) => {
      const replace = conflated.replace.bind(conflated)
      conflated.replace = (spot, event) => {
        if (spot.deferred === undefined) replace(spot, event)
        else conflated.giveWay(spot.lane)
      }
    },
  },
  {
    name: 'conflated-not-counted',
    what: 'an event that was replaced in the queue is in no count',
    engine: ({ book }) => {
      book.events.conflated = () => {}
    },
  },
  {
    name: 'ignored-call-decides',
    what: 'a call that is to be ignored counts as a success',
    breaker: (breaker) => {
      const report = breaker.report.bind(breaker)
      breaker.report = (permit, results) =>
        report(permit, results.ok + results.failed === 0 ? { ...results, ok: 1 } : results)
    },
  },
  {
    name: 'breaker-opens-for-too-long',
    what: 'how often a breaker has opened is not forgotten when it has recovered',
    breaker: (breaker) => {
      const moved = breaker.moved.bind(breaker)
      let openings = 0
      breaker.moved = (move) => {
        if (move.state === 'open') openings += 1
        moved({ ...move, openings })
      }
    },
  },
]
