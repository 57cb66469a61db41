import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { DataClock } from './data-clock.js'
import type { DataEnvironment } from './environment.js'
import { MachineClock } from './machine-clock.js'
import { heapMemory } from './machine-condition.js'
import { checkOptions, type EnvironmentOptions, environmentOptions } from './options.js'
import { RandomStreams, streamOf } from './random.js'
import { UuidV7 } from './uuid.js'

export interface DataEnvironmentOptions extends EnvironmentOptions {
  /** What the run's clock shows before the data moves it. UTC epoch milliseconds; default 0, until the data begins. */
  readonly start?: number
}

/** A data environment, and what it counts. */
export interface RunEnvironment extends DataEnvironment {
  begin(epochMs: number): void
  /** How many delays were not a number or longer than any date, and were clamped. */
  clamped(): number
}

const dataOptions = environmentOptions.extend({
  start: z.number().min(-8.64e15).max(8.64e15).optional(),
})

/** The name of the stream that ids draw from; the separator keeps it apart from a caller's names. */
const ID_STREAM = '\u0000id'

/**
 * The environment of a run over recorded data. The run's clock stands still until `advanceTo` moves
 * it. Ids are UUIDv7 of that clock with bits of a seeded stream, and the random streams are seeded,
 * so two runs over one file get equal ids and equal chance. The machine's clock is the system's,
 * since it bounds real work.
 *
 * Delays are clamped as in the system's environment. What a timer's callback throws stops neither
 * the clock nor the other timers: it is told to `onError`; without one, `advanceTo` goes on to its
 * end and then throws it (several as one AggregateError).
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` for an option of the wrong kind or out of range.
 */
export function createDataEnvironment(options: DataEnvironmentOptions = {}): RunEnvironment {
  checkOptions(dataOptions, options)
  const seed = options.seed ?? 0
  const machine = new MachineClock(options.onError)
  const clock = new DataClock(options.start, options.onError)
  const idStream = streamOf(seed, ID_STREAM)
  const ids = new UuidV7((words) => {
    for (let at = 0; at < words.length; at += 1) words[at] = idStream.next() >>> 16
  })
  const streams = new RandomStreams(seed)
  return {
    kind: 'data',
    now: () => clock.now,
    monotonic: () => machine.monotonic(),
    setTimeout: (callback, delayMs, timing) => clock.set(callback, delayMs, timing?.exact === true),
    clearTimeout: (timer) => clock.clear(timer),
    watch: (callback, delayMs) => machine.set(callback, delayMs, machine.monotonic()),
    unwatch: (timer) => machine.clear(timer),
    random: (stream) => streams.stream(stream).fraction(),
    id: () => ids.next(clock.now),
    yield: (callback) => machine.yield(callback),
    pending: () => machine.pending + clock.pending,
    memory: heapMemory,
    clamped: () => machine.clamped + clock.clamped,
    nextExact: () => clock.nextExact,
    begin: (epochMs) => clock.begin(epochMs),
    advanceTo(epochMs) {
      if (epochMs === Number.POSITIVE_INFINITY) {
        throw new OutcryError('OUTCRY_OPTION_INVALID', 'the data clock cannot advance to Infinity', {
          path: 'epochMs',
          value: epochMs,
        })
      }
      clock.advanceTo(epochMs)
    },
  }
}
