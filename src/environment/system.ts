import { randomFillSync } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { nextTick } from 'node:process'
import type { Environment, Timer } from './environment.js'
import { MachineClock } from './machine-clock.js'
import { heapMemory, LoopDelays } from './machine-condition.js'
import { checkOptions, type EnvironmentOptions, environmentOptions } from './options.js'
import { RandomStreams } from './random.js'
import { UuidV7 } from './uuid.js'
import { WallClock } from './wall-clock.js'

/** The operating system's time and chance. */
export interface SystemEnvironment extends Environment {
  readonly kind: 'system'
  /** How many delays were not a number or longer than any date, and were clamped. */
  clamped(): number
}

/** A finite double from 52 random bits. */
function systemSeed(): number {
  const words = randomFillSync(new Uint32Array(2))
  return (words[0] ?? 0) * 1_048_576 + ((words[1] ?? 0) >>> 12)
}

/**
 * The environment of a live engine. `now` is the wall clock with a fraction, `monotonic` is
 * `performance.now`, timers are Node's (of any length, and never early), ids are UUIDv7 with
 * cryptographic random bits, and the random streams are seeded once from the operating system.
 *
 * A delay below 1 ms is raised to 1 ms. One that is not a number becomes 1 ms and an endless one
 * becomes the range of a Date; both are counted by `clamped()`.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` for an option of the wrong kind.
 */
export function createSystemEnvironment(options: EnvironmentOptions = {}): SystemEnvironment {
  checkOptions(environmentOptions, options)
  const machine = new MachineClock(options.onError)
  const wall = new WallClock(() => performance.now(), Date.now, performance.timeOrigin)
  const loop = new LoopDelays()
  const ids = new UuidV7((words) => void randomFillSync(words))
  const streams = new RandomStreams(options.seed ?? systemSeed())
  return {
    kind: 'system',
    now: () => wall.now(),
    monotonic: () => machine.monotonic(),
    setTimeout: (callback, delayMs) => machine.set(callback, delayMs, wall.now()),
    clearTimeout: (timer: Timer | undefined) => machine.clear(timer),
    watch: (callback, delayMs) => machine.set(callback, delayMs, machine.monotonic()),
    unwatch: (timer: Timer | undefined) => machine.clear(timer),
    random: (stream) => streams.stream(stream).fraction(),
    // An id holds whole milliseconds, and Date.now costs half of a clock with a fraction.
    id: () => ids.next(Date.now()),
    yield: (callback) => machine.yield(callback),
    afterTask: (callback) => nextTick(callback),
    pending: () => machine.pending + loop.open,
    eventLoopDelay: () => loop.watch(() => machine.monotonic()),
    memory: heapMemory,
    clamped: () => machine.clamped,
  }
}
