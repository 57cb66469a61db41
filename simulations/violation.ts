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

/** What a process answers with: 0 clean, 1 crash, 3 correctness, 4 liveness; the worst wins. */
export function exitCodeOf(violations: readonly Violation[]): number {
  const kinds = new Set(violations.map(({ kind }) => kind))
  if (kinds.has('crash')) return 1
  if (kinds.has('correctness')) return 3
  return kinds.has('liveness') ? 4 : 0
}
