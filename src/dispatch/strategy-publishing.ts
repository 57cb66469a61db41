import type { Environment } from '../environment/environment.js'
import { EventDraft, type EventInput } from '../events/draft.js'
import { MARK_DERIVED, MARK_HALTED, type OutcryEvent } from '../events/event.js'
import type { Receipt } from '../events/receipt.js'
import type { MarksOf } from '../events/stale.js'
import type { RateLimiter } from '../limits/rate-limiter.js'
import type { Halts } from './halts.js'
import { inheritedMarks } from './inherited-marks.js'
import type { Intake } from './intake.js'
import type { StrategyRuntime } from './runtime.js'

export interface StrategyPublishingPorts {
  readonly environment: Environment
  readonly intake: Intake
  readonly halts: Halts
  readonly marksOf: MarksOf
  /** Bounds the rate of each strategy; undefined where none is bounded. */
  readonly limits: RateLimiter | undefined
  /** A signal that was withheld: not accepted, but whoever asked for such may see it. */
  readonly onWithheld: (signal: OutcryEvent) => void
}

/** What strategies publish: held to the halts and to each strategy's rate before it comes to the edge. */
export class StrategyPublishing {
  /** Signals withheld, as the engine or one of their symbols was halted. */
  withheld = 0

  constructor(private readonly ports: StrategyPublishingPorts) {}

  /** A signal that a strategy answered: it may use the room kept for signals. */
  signal(draft: EventDraft, marks: number): Receipt {
    return this.offer(draft, draft.source ?? '', true, marks | MARK_DERIVED)
  }

  /** An event of a strategy's own. What it makes of a late or replayed event is marked as that is. */
  publish(input: EventDraft | EventInput, runtime: StrategyRuntime): Receipt {
    const draft = this.ports.intake.check(input, MARK_DERIVED)
    if (!(draft instanceof EventDraft)) return draft
    const { name } = runtime
    const marks = MARK_DERIVED | inheritedMarks(runtime, this.ports.marksOf, draft.causationId)
    return this.offer(draft.source === undefined ? draft.withSource(name) : draft, name, false, marks)
  }

  private offer(draft: EventDraft, strategy: string, reserved: boolean, marks: number): Receipt {
    const { environment, intake, halts, limits } = this.ports
    if (draft.type === 'signal' && halts.withholds(draft.symbol, draft.symbols)) return this.withhold(draft, marks)
    const bucket = limits?.bucketOf(strategy)
    if (bucket !== undefined && limits?.admits(bucket, strategy, environment.now()) === false)
      return intake.refuse(draft, 'rate-limited', marks)
    const receipt = intake.offer(draft, reserved, marks)
    if (receipt.status === 'accepted') bucket?.take()
    return receipt
  }

  private withhold(draft: EventDraft, marks: number): Receipt {
    const { intake, onWithheld } = this.ports
    this.withheld += 1
    onWithheld(intake.unaccepted(draft, marks | MARK_HALTED))
    return intake.refuse(draft, 'halted', marks)
  }
}
