import type { Engine } from 'outcry'
import type { Plane, Subject } from './subject.js'

/** Virtual milliseconds between two rounds of traffic that let a healed breaker see that all is well. */
export const PROBE_EVERY_MS = 250
/** A breaker is expected to have closed once its strategy was offered so many events since the healing. */
const PROBES_ENOUGH = 150
export const ROUNDS_AT_LEAST = 2
/** More than that only where a breaker's own waits are longer. */
const ROUNDS_AT_MOST = 160
/** A breaker that by its policy may take longer than this to close is not waited for. Milliseconds. */
const CLOSING_AT_MOST_MS = 600_000

/** How long a healed breaker may take to close: twice, as what was in flight at the healing may open it again. Milliseconds. */
function closingMs(plane: Plane, name: string): number {
  const policy = plane.stage.breaker(name)?.policy
  return policy === undefined ? 0 : 2 * (policy.openTime.maxMs + policy.halfOpen.maxWaitMs)
}

/** The breakers of the strategies that are there when the faults are over, and how they come to close. */
export class HealingBreakers {
  /** How long the slowest of those that are waited for may take. Milliseconds. */
  readonly closingMs: number
  /** Whose breakers are waited for, and what each was offered before. */
  private readonly before: ReadonlyMap<string, number>

  constructor(private readonly subject: Subject) {
    const { plane, strategies } = subject
    const waited = strategies
      .map(({ name }) => name)
      .filter((name) => plane.runtimeOf(name) !== undefined && closingMs(plane, name) <= CLOSING_AT_MOST_MS)
    this.before = new Map(waited.map((name) => [name, this.offered(name)]))
    this.closingMs = Math.max(0, ...waited.map((name) => closingMs(plane, name)))
  }

  /** Whether another round of traffic, after so many, may let one of them close. */
  wantRound(round: number): boolean {
    if (round < ROUNDS_AT_LEAST) return true
    const atMost = Math.max(ROUNDS_AT_MOST, Math.ceil(this.closingMs / PROBE_EVERY_MS))
    return round < atMost && [...this.before.keys()].some((name) => !this.closed(name))
  }

  /** Those that are open although their strategies were offered enough. */
  stuck(): string[] {
    const open = [...this.before].filter(([name]) => !this.closed(name))
    return open.filter(([name, before]) => this.offered(name) - before >= PROBES_ENOUGH).map(([name]) => name)
  }

  private closed(name: string): boolean {
    return ['closed', 'disabled'].includes(this.subject.plane.runtimeOf(name)?.breaker?.state ?? 'closed')
  }

  /** Events that a strategy was offered so far, whatever came of them. */
  private offered(name: string): number {
    const counts = this.subject.plane.runtimeOf(name)?.counts
    return counts === undefined ? 0 : counts.delivered + counts.failed + counts.skipped
  }
}

/** States that a strategy leaves by itself; where nothing fails any more, in bounded time. */
const PASSING: ReadonlySet<string> = new Set(['initializing', 'stopping', 'held', 'backingOff'])

/** The strategies that are not back yet. */
export const onTheirWay = ({ strategies }: Engine): ReturnType<Engine['strategies']['list']> =>
  strategies.list().filter(({ state }) => PASSING.has(state))
