import { type EngineOptions, type OutcryEvent, trade } from '../../src/index.js'
import { engineOn, type TestEngine } from '../engine/support.js'

export interface Seen {
  readonly number: number
  readonly replayed: boolean
}

/** An engine whose one strategy remembers what it got, with so many trades in its history, a second apart. */
export async function recorded(count: number, options: EngineOptions = {}) {
  const seen: Seen[] = []
  const e = engineOn({
    history: true,
    strategies: [
      {
        name: 'witness',
        subscribe: { types: ['trade'] },
        onEvents: (events: readonly OutcryEvent[]) => {
          for (const { payload, replayed } of events)
            seen.push({ number: (payload as { readonly price: number }).price, replayed })
        },
      },
    ],
    ...options,
  })
  await e.start()
  await publish(e, count)
  seen.length = 0
  return { ...e, seen, numbers: () => seen.map(({ number }) => number) }
}

export const START = Date.UTC(2024, 5, 10, 13, 30)

/** Trades numbered by their price, from 1, a second apart; odd ones of A and even ones of B. */
export async function publish(e: TestEngine, count: number, from = 1): Promise<void> {
  for (let number = from; number < from + count; number += 1) {
    const symbol = number % 2 === 1 ? 'A' : 'B'
    e.engine.offer(trade({ symbol, price: number, size: 1, timestamp: START + number * 1_000 }))
    if (number % 1_000 === 0) await e.during(e.engine.drain())
  }
  await e.during(e.engine.drain())
}

export const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => from + index)
