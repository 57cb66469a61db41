import type { CircuitBreaker } from '../src/breaker/circuit-breaker.js'
import type { BreakerState } from '../src/breaker/handle.js'
import type { BreakerReading } from '../src/breaker/reading.js'
import type { SavedBreaker } from '../src/breaker/saved.js'
import { OutcryError } from '../src/errors.js'
import { describeValue } from '../src/events/invalid.js'
import type { Stage } from './stage.js'

/** A person's hold on one circuit breaker. It speaks of whichever breaker guards that name at the time. */
export interface BreakerControl {
  readonly name: string
  readonly state: BreakerState
  reading(): BreakerReading
  /** Forces it open until `reset`. */
  isolate(): void
  /** Lets everything through, measuring only, until `reset`. */
  disable(): void
  /** Closes it with an empty window, from any state. */
  reset(): void
  /** Opens it for the usual open time. */
  trip(): void
  /** For a warm start in another process. */
  save(): SavedBreaker
}

/** @throws {OutcryError} OUTCRY_STRATEGY_UNKNOWN if nothing of that name has a breaker. */
export function breakerControl(stage: Stage, name: string, state: () => string): BreakerControl {
  const current = (): CircuitBreaker => {
    const breaker = stage.breaker(name)
    if (breaker !== undefined) return breaker
    throw new OutcryError(
      'OUTCRY_STRATEGY_UNKNOWN',
      `Nothing named ${describeValue(name)} has a breaker: strategies have one by their name, sinks by "sink:<name>", HTTP feeds by "http:<name>".`,
      {
        path: 'name',
        value: name,
      },
    )
  }
  const alive = (): CircuitBreaker => {
    const breaker = current()
    if (breaker.attached) return breaker
    const now = state()
    throw new OutcryError('OUTCRY_ENGINE_STATE', `The engine is ${now}: nobody would decide for the breaker ${name}.`)
  }
  current()
  return {
    name,
    get state() {
      return current().state
    },
    reading: () => current().reading(),
    isolate: () => alive().isolate(),
    disable: () => alive().disable(),
    reset: () => alive().reset(),
    trip: () => alive().trip(),
    save: () => current().save(),
  }
}
