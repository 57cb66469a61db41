import type { Environment } from '../environment/environment.js'
import type { Lane, OutcryEvent } from '../events/event.js'
import type { EventTypes } from '../events/validate.js'
import type { RateLimiter } from '../limits/rate-limiter.js'
import type { EventCounts } from '../metrics/book.js'
import type { DedupeTable } from '../queue/dedupe.js'
import type { SymbolTable } from '../queue/partition.js'
import type { EventQueue } from '../queue/queue.js'
import type { Audit } from './audit.js'
import type { Conflater } from './conflater.js'
import type { Staging } from './staging.js'
import type { TaskClock } from './task-clock.js'

/** What happens to an event that finds no room. */
export type Overflow = 'wait' | 'refuse' | 'dead-letter' | 'evict'

export interface IntakePorts {
  readonly environment: Environment
  /** Says when an event was received. */
  readonly clock: TaskClock
  readonly types: EventTypes
  readonly symbols: SymbolTable
  readonly queue: EventQueue
  readonly conflater: Conflater
  /** Undefined where duplicates are not looked for. */
  readonly dedupe: DedupeTable | undefined
  readonly ledger: EventCounts
  /** Counts what strategies publish. */
  readonly derived: EventCounts
  readonly audit: Audit
  /** Bounds the rate of each source; undefined where none is bounded. */
  readonly sourceLimits: RateLimiter | undefined
  /** Where events wait until they are durable; undefined where nobody waits for a journal. */
  readonly staging: Staging | undefined
  /** Accepted events are told of at once, and not when they are durable: over recorded data their order must not change. */
  readonly auditAtOnce: boolean
  /** Overflow policy by lane index. */
  readonly overflow: readonly Overflow[]
  readonly lanesBySource: Readonly<Record<string, Lane>> | undefined
  readonly source: string
  /** Told after each acceptance, in the same turn. */
  readonly onAccepted: (event: OutcryEvent) => void
  /** An accepted event gave its room to another. */
  readonly onEvicted: (event: OutcryEvent) => void
  /** A refused event whose lane's policy is to keep it as a dead letter. */
  readonly onDeadLetter: (event: OutcryEvent, reason: 'refused') => void
  readonly onInvalid: (source: string, position: number | undefined, reason: string) => void
}
