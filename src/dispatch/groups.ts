import type { GroupStep } from './chunk-work.js'
import type { StrategyRuntime } from './runtime.js'

/** The data plane's hold on a strategy group actor: where to send, and whom the group delivers to. */
export interface StrategyGroupHandle {
  readonly name: string
  /** Replaced as a whole when a member comes, goes or starts anew. */
  members: readonly StrategyRuntime[]
  /** Hands the group its step of a chunk; synchronous handlers have answered when it returns. */
  deliver(step: GroupStep): void
  /** Tells the group that a step, which had to wait, is over. */
  stepped(): void
}
