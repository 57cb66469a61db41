import { expect } from 'vitest'
import { createEngine } from '../../actors/engine.js'
import type { EngineOptions } from '../../actors/options.js'
import { type OutcryEvent, type StrategyDefinition, trade } from '../../src/index.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

export interface Fault {
  readonly where: string
  readonly error: unknown
}

/** An engine on virtual time, with all its faults and states on record. */
export function engineOn(options: EngineOptions = {}) {
  const environment = new VirtualEnvironment()
  const engine = createEngine({ environment, ...options })
  const faults: Fault[] = []
  const states: string[] = []
  engine.on('fault', (fault) => faults.push(fault))
  engine.on('state', ({ state }) => states.push(state))
  /** Moves time on until the promise has settled, by at most `withinMs`. */
  const during = <T>(promise: Promise<T>, withinMs = 0): Promise<T> => settledOn(environment, promise, withinMs)
  return {
    environment,
    engine,
    faults,
    states,
    during,
    run: (byMs = 0) => environment.run(byMs),
    start: () => during(engine.start()),
    /** Messages of the faults, without their places. */
    faultMessages: () => faults.map(({ error }) => (error instanceof Error ? error.message : String(error))),
  }
}

export type TestEngine = ReturnType<typeof engineOn>

export async function settledOn<T>(environment: VirtualEnvironment, promise: Promise<T>, withinMs: number): Promise<T> {
  let settled = false
  const mark = (): void => {
    settled = true
  }
  promise.then(mark, mark)
  const end = environment.monotonic() + withinMs
  for (let step = 0; !settled; step += 1) {
    const left = end - environment.monotonic()
    await environment.run(step === 0 ? 0 : Math.min(left, Math.max(1, withinMs / 64)))
    if (left <= 0 && step > 0) break
  }
  await environment.run(0)
  if (!settled) throw new Error(`The promise had not settled within ${withinMs} virtual ms.`)
  return promise
}

/** Nothing of the engine lives on: no actor, no timer, no yield. */
export async function expectNothingLeft({ engine, environment }: TestEngine): Promise<void> {
  await environment.run(0)
  expect(engine.actors()).toEqual([])
  expect(environment.pending()).toBe(0)
  expect(imbalances(engine.ledger())).toEqual([])
}

/** Both ledgers balance and nothing is on its way. */
export function expectQuiet({ engine }: TestEngine): void {
  const ledger = engine.ledger()
  expect(imbalances(ledger)).toEqual([])
  expect(ledger.events).toMatchObject({ queued: 0, inFlight: 0 })
  expect(ledger.derived).toMatchObject({ queued: 0, inFlight: 0 })
  expect(ledger.deliveries.inFlight).toBe(0)
}

/** Trades of one symbol whose price is their index. */
export const trades = (count: number, symbol = 'AAPL', from = 0) =>
  Array.from({ length: count }, (_, index) => trade({ symbol, price: from + index + 1, size: 1 }))

/** The number that `trades` gave an event. */
export const numberOf = (event: { readonly payload: unknown }): number =>
  (event.payload as { readonly price: number }).price - 1

export interface Witness {
  readonly seen: number[]
  readonly strategy: StrategyDefinition
}

/** A synchronous strategy that only remembers what it got. */
export function witness(name = 'witness'): Witness {
  const seen: number[] = []
  return {
    seen,
    strategy: {
      name,
      subscribe: { types: ['trade'] },
      onEvents: (events) => {
        for (const event of events) seen.push(numberOf(event))
      },
    },
  }
}

/** A promise whose end the test decides. */
export function deferred<T = void>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

export const never = (): Promise<never> => new Promise(() => {})

/** A strategy that notes the symbol and the value or price of all that it is given. */
export function listener() {
  const seen: string[] = []
  return {
    seen,
    strategy: {
      name: 'listener',
      onEvents: (events: readonly OutcryEvent[]) => {
        for (const event of events) {
          const { value, price } = event.payload as { readonly value?: number; readonly price?: number }
          seen.push(`${event.symbol} ${value ?? `price ${price}`}`)
        }
      },
    },
  }
}
