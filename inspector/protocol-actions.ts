import type { EventView } from './protocol.js'

export interface DeadLetterList {
  readonly total: number
  readonly offset: number
  readonly letters: readonly DeadLetterRow[]
}

export interface DeadLetterRow {
  readonly id: string
  readonly at: number
  readonly reason: string
  readonly strategy: string | undefined
  readonly error: string
  readonly attempts: number
  readonly event: EventView | undefined
}

export interface DeadLetterView extends DeadLetterRow {
  readonly code: string | undefined
  readonly stack: readonly string[]
  readonly returns: number
  readonly bytes: number
}

export type Action =
  | { readonly action: 'engine.pause' | 'engine.resume' }
  | { readonly action: 'engine.halt'; readonly symbol?: string; readonly reason: string }
  | { readonly action: 'engine.reset'; readonly symbol?: string }
  | { readonly action: 'breaker.isolate' | 'breaker.reset' | 'breaker.trip' | 'breaker.disable'; readonly name: string }
  | { readonly action: 'strategy.pause' | 'strategy.resume' | 'strategy.restart'; readonly name: string }
  | { readonly action: 'deadLetters.redrive'; readonly filter: LetterFilter; readonly limit?: number }
  | { readonly action: 'deadLetters.discard'; readonly filter: LetterFilter }

/** Fields left out match everything. */
export interface LetterFilter {
  readonly id?: string
  readonly reason?: string
  readonly strategy?: string
  readonly type?: string
  readonly symbol?: string
}

export type ActionAnswer =
  | { readonly ok: true; readonly result: Readonly<Record<string, number | string | boolean>> }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Body of every answer that is an error. */
export interface Refusal {
  readonly code: string
  readonly message: string
}
