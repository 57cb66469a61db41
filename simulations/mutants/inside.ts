import type { OutcryEvent } from 'outcry'
import type { Mutations } from '../run.js'
import type { LetterEntry, Plane, Runtime } from '../subject.js'

/** A known bug, put into production code from outside. A simulation that does not find it has a hole. */
export interface Mutant extends Mutations {
  readonly name: string
  readonly what: string
}

export type Delivery = Runtime['inbox'][number]

/** The private side of the data plane, as far as bugs are put into it. */
export interface Inside {
  bury(entries: readonly LetterEntry[]): void
  readonly intake: {
    ports: {
      capacity: number
      conflater: { turnOf(event: { readonly timestamp: number }, lane: number): unknown }
      dedupe?: { add(id: string): boolean; delete(id: string): boolean }
    }
  }
  readonly runner: {
    calls: { failed(runtime: Runtime, delivery: Delivery, error: unknown): void }
    slots: { release(runtime: Runtime): void }
    finish(runtime: Runtime, delivery: Delivery): void
    options: { halts: Plane['halts']; maxBacklog: number; onDetached(delivery: Delivery): void }
  }
  readonly dispatcher: {
    ports: {
      expiry: { gone: OutcryEvent[]; begin(): ((event: OutcryEvent) => boolean) | undefined }
      router: { split(events: readonly OutcryEvent[]): { of(interest: unknown): unknown } }
    }
  }
  readonly timers: { ports: { environment: Plane['environment'] } }
  readonly outboxes: readonly { write(): void; giveUp(): void; queue: unknown[]; counts: { failed: number } }[]
}

export const inside = (plane: Plane): Inside => plane as unknown as Inside

/** True once in every so many calls, so that a bug is rare enough to be missed. */
export function everyNth(times: number): () => boolean {
  let calls = 0
  return () => {
    calls += 1
    return calls % times === 0
  }
}
