import { match } from 'ts-pattern'

export type ViolationKind = 'correctness' | 'liveness' | 'crash'

/** Something that must never be, and was. */
export interface Violation {
  readonly kind: ViolationKind
  /** Which oracle says so. */
  readonly oracle: string
  readonly message: string
  /** How many timers had fired by then. */
  readonly step: number
  /** Virtual milliseconds from the start. */
  readonly atMs: number
  readonly stack?: string
}

const CLEAN = 0

const codeOf = (kind: ViolationKind): number =>
  match(kind)
    .with('crash', () => 1)
    .with('correctness', () => 3)
    .with('liveness', () => 4)
    .exhaustive()

/** What a process answers with: 0 clean, 1 crash, 3 correctness, 4 liveness; the worst, which is the least, wins. */
export const exitCodeOf = (violations: readonly Violation[]): number =>
  violations.map(({ kind }) => codeOf(kind)).toSorted((a, b) => a - b)[0] ?? CLEAN
