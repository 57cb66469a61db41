/** How full the store is, added up over a chunk. */
export interface DeadLetterLevel {
  readonly held: number
  readonly full: boolean
}

/** All that the machine of the dead letters is told. */
export type DeadLetterFact =
  /** The level has changed; told once a chunk at most, and never per letter. */
  | ({ readonly type: 'letters.counted' } & DeadLetterLevel)
  | { readonly type: 'letters.redrive'; readonly limit: number }
  | ({ readonly type: 'redrive.finished'; readonly redriven: number; readonly failed: number } & DeadLetterLevel)
  | { readonly type: 'letters.close' }

/** The data plane of the dead letters, as its machine's effects see it. */
export interface DeadLetterPort {
  readonly level: DeadLetterLevel
  /** Ties the data plane to the actor that decides; returns what unties it. */
  attach(send: (fact: DeadLetterFact) => void): () => void
  /** Begins the redrive that was asked for; returns what stops it. */
  beginRedrive(): () => void
  /** Its actor was told what its state has no answer to. */
  unanswered(actor: string, event: string): void
}
