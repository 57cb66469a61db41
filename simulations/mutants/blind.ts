import { inside, type Mutant } from './inside.js'

/**
 * Bugs by nobody who knows the oracles: single tokens of compiled production code, changed at places
 * drawn by chance before any of them was run. These are the first of the draw that change what an
 * engine on a virtual clock does; three of the five were found only once the oracles had been mended.
 */
export const blindMutants: readonly Mutant[] = [
  {
    name: 'given-up-signals-subtracted',
    what: 'outbox: what is given up is taken off its count',
    engine: (plane) => {
      for (const outbox of inside(plane).outboxes) {
        const giveUp = outbox.giveUp.bind(outbox)
        outbox.giveUp = () => {
          const before = outbox.counts.failed
          giveUp()
          outbox.counts.failed = before - (outbox.counts.failed - before)
        }
      }
    },
  },
  {
    name: 'interrupt-leaves-timers',
    what: 'seat: the timers of an incarnation that was interrupted go on until the next one begins',
    engine: ({ stage, timers }) => {
      const clear = timers.clear.bind(timers)
      let interrupting = false
      timers.clear = (runtime) => {
        if (!interrupting) clear(runtime)
      }
      for (const name of stage.runtimes.keys()) {
        const seat = stage.seat(name)
        if (seat === undefined) continue
        const interrupt = seat.interrupt.bind(seat)
        const leave = seat.leave.bind(seat)
        seat.interrupt = () => {
          interrupting = true
          interrupt()
          interrupting = false
        }
        seat.leave = () => {
          interrupting = true
          leave()
          interrupting = false
        }
      }
    },
  },
  {
    name: 'signals-subtracted',
    what: 'runner: the signals of a delivery are taken off those of its strategy',
    engine: (plane) => {
      const { runner } = inside(plane)
      const finish = runner.finish.bind(runner)
      runner.finish = (runtime, delivery) => {
        const before = runtime.counts.signals
        finish(runtime, delivery)
        runtime.counts.signals = 2 * before - runtime.counts.signals
      }
    },
  },
  {
    name: 'idle-strategy-parks',
    what: 'runner: a strategy that does nothing keeps a delivery for its turn',
    engine: ({ runner }) => {
      const take = runner.take.bind(runner)
      runner.take = (runtime, delivery) => {
        if (runtime.current === undefined) runner.park(runtime, delivery)
        else take(runtime, delivery)
      }
    },
  },
  {
    name: 'step-always-pending',
    what: 'group: every step is told to be awaited, also one that is over',
    engine: (plane) => {
      const publishMembers = plane.publishMembers.bind(plane)
      plane.publishMembers = (group, handle) => {
        const deliver = handle.deliver
        handle.deliver = (step) => {
          deliver(step)
          const seats = plane.actor?.getSnapshot().children.strategies?.getSnapshot().children
          if (step.pending === 0) seats?.[group]?.send({ type: 'step.pending' })
        }
        publishMembers(group, handle)
      }
    },
  },
]
