import type { MachineDefinition } from './protocol.js'

/** A recording as a whole: `outcry run --record FILE` or `outcry simulate --trace FILE`. */
export interface RecordingInfo {
  readonly file: string
  readonly version: string
  /** What was run: a seed and its scenario, or a run's feeds. */
  readonly title: string
  readonly seed: number | undefined
  readonly startedAt: number
  /** Number of the last entry; the first is 1. */
  readonly entries: number
  /** The run's clock at the first and at the last entry. */
  readonly from: number
  readonly to: number
  readonly machines: Readonly<Record<string, MachineDefinition>>
  /** Paths of every actor that ever lived, by number. */
  readonly actors: readonly RecordedActor[]
  /** Entries of each kind. */
  readonly kinds: Readonly<Record<string, number>>
  /** Entries that were not written, as the recording had reached its bound. */
  readonly leftOut: number
  readonly digest: string | undefined
  /** Places worth a look, in order, at most 200: failures, restarts, breakers that opened, violations. */
  readonly landmarks: readonly { readonly entry: number; readonly text: string }[]
}

export interface RecordedActor {
  readonly actor: number
  readonly path: string
  readonly name: string
  readonly parent: number | undefined
  readonly machine: string | undefined
}

/** One thing that happened. `clock` is the run's, epoch milliseconds. */
export type TraceEntry =
  | (EntryBase & {
      readonly kind: 'accepted'
      readonly event: {
        readonly sequence: number
        readonly id: string
        readonly type: string
        readonly source: string
        readonly symbol: string | undefined
        readonly timestamp: number
        readonly causationId: string | undefined
        /** Of signals alone. */
        readonly payload?: unknown
      }
    })
  | (EntryBase & {
      readonly kind: 'dispatched'
      readonly chunk: number
      readonly lane: string
      readonly sequences: readonly number[]
      readonly outcomes: readonly TraceOutcome[]
    })
  | (EntryBase & { readonly kind: 'outcome'; readonly chunk: number; readonly outcome: TraceOutcome })
  | (EntryBase & {
      readonly kind: 'step'
      readonly actor: number
      readonly event: string
      /** Sender, by number; undefined where it came from outside or from a clock. */
      readonly from: number | undefined
      readonly edges: readonly number[]
      readonly state: readonly string[]
    })
  | (EntryBase & {
      readonly kind: 'spawned'
      readonly actor: number
      readonly path: string
      readonly parent: number | undefined
      readonly machine: string | undefined
      readonly state: readonly string[]
    })
  | (EntryBase & { readonly kind: 'stopped'; readonly actor: number })
  | (EntryBase & { readonly kind: 'note'; readonly text: string })

export interface EntryBase {
  /** From 1 up, without a hole. */
  readonly entry: number
  readonly clock: number
}

export interface TraceOutcome {
  readonly strategy: string
  readonly succeeded: number
  readonly failed: number
  readonly skipped: number
  readonly abandoned: number
  readonly failedSequences: readonly number[]
  readonly late: boolean
}

export interface RecordedState {
  readonly at: number
  readonly clock: number
  /** Actors alive once that entry has happened. */
  readonly actors: readonly {
    readonly actor: number
    readonly state: readonly string[]
    /** The last edges that it took, and at which entry. */
    readonly edges: readonly number[]
    readonly entry: number
    readonly event: string | undefined
    /** Steps so far. */
    readonly steps: number
  }[]
  readonly accepted: number
  readonly dispatched: number
  readonly failures: number
}

/**
 * What an exported page carries, as JSON in `<script type="application/json" id="outcry-recording">`:
 * it plays the entries itself, with `inspector/recording/player.ts`, as there is no server to ask. Files
 * that the page loads at its leisure stand beside it, as `<script type="text/plain" data-file="elk/…">`.
 */
export interface ExportedRecording {
  readonly info: RecordingInfo
  /** The state before the first of the entries. */
  readonly before: RecordedState
  readonly entries: readonly TraceEntry[]
}

export interface Found {
  /** The entry; undefined if there is none. */
  readonly entry: TraceEntry | undefined
  /** How many entries were looked at. */
  readonly looked: number
}

/** Two runs side by side. */
export interface Comparison {
  readonly equal: boolean
  /** The first entry at which they part; undefined if they do not. */
  readonly divergence:
    | {
        readonly entry: number
        /** The clock is not compared where the runs began at different times. */
        readonly first: TraceEntry | undefined
        readonly second: TraceEntry | undefined
        /** Paths of the fields that differ. */
        readonly fields: readonly string[]
      }
    | undefined
  /** Entries that are equal before that. */
  readonly common: number
  readonly entries: readonly [number, number]
}
