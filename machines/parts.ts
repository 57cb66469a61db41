/**
 * How an engine talks to its parts: each part is started by being spawned, says once that it has
 * started or failed, is asked to stop, and says that it has stopped. The engine knows no more of it.
 */
export type PartReport =
  | { readonly type: 'part.started'; readonly part: string }
  | { readonly type: 'part.failed'; readonly part: string; readonly error: unknown }
  | { readonly type: 'part.stopped'; readonly part: string }

/** Asks a part to stop. `drain` is false when what it still holds is to be abandoned. */
export interface PartStop {
  readonly type: 'part.stop'
}

/** Names of the parts in the order in which they start; they stop in reverse. */
export const PARTS = [
  'journal',
  'deadLetters',
  'breakers',
  'strategies',
  'sinks',
  'recovery',
  'supervisor',
  'health',
  'feeds',
] as const
export type PartName = (typeof PARTS)[number]

/** The parts of an engine without a journal. */
export const PARTS_UNJOURNALLED: readonly PartName[] = [
  'deadLetters',
  'breakers',
  'strategies',
  'sinks',
  'supervisor',
  'health',
  'feeds',
]
