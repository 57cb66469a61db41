/** What a history holds, and what became of the rest. */
export interface HistoryStats {
  /** Events held. */
  readonly events: number
  readonly blocks: number
  /** Memory held: compressed blocks with their index, and an estimate of what is not compressed yet. */
  readonly bytes: number
  /** Of that, what is not compressed yet. */
  readonly openBytes: number
  /** Sequences of the oldest and the newest event held; 0 if there is none. */
  readonly firstSequence: number
  readonly lastSequence: number
  /** Events ever added. */
  readonly added: number
  /** Events forgotten, by the bound that was reached. */
  readonly forgotten: { readonly count: number; readonly bytes: number; readonly age: number }
  /** Events of replays, which are in the history already. */
  readonly skipped: number
  /**
   * Values that neither JSON nor structured clone can carry, such as a function or a promise, which are undefined in
   * what is kept; an event whose payload cannot be looked at, which is left out, counts as one.
   */
  readonly lost: number
  /** Blocks decompressed for queries so far. */
  readonly decompressed: number
}
