import { type BreakerHandle, isRejection, type Permit } from '../breaker/handle.js'
import type { BreakerOptions } from '../breaker/policy.js'
import type { Environment, Timer } from '../environment/environment.js'
import { OutcryError } from '../errors.js'
import { settle } from '../settling.js'
import type { SignalEvent, Sink } from './sink.js'

/** What a sink's actor is told. */
export type SinkNotice =
  | { readonly type: 'sink.opened' }
  /**
   * Opening, writing or closing threw or rejected. `probe`: the breaker had let this write through to see how
   * the sink fares, and takes the error for the sink's own, so it says nothing of the batch.
   */
  | { readonly type: 'sink.failed'; readonly error: unknown; readonly probe?: boolean }
  /** Something waits to be written. */
  | { readonly type: 'sink.offered' }
  | { readonly type: 'sink.written' }
  /** Its breaker gives no leave to write. */
  | { readonly type: 'sink.rejected' }
  | { readonly type: 'sink.retry' }
  | { readonly type: 'sink.closed' }

/** Signals that may wait for one sink; more are dropped, counted and told of. */
const MAX_WAITING = 100_000
const MAX_BATCH = 1_024
const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 5_000

/**
 * How a sink's breaker judges where the sink does not say: slower to open than a batch is to be given
 * up, so that a passing fault is the retries' alone, and never open for long, as signals age.
 */
export const SINK_BREAKER: BreakerOptions = {
  window: { kind: 'count', size: 20 },
  minimumCalls: 5,
  failureRate: 0.5,
  slowCallMs: 10_000,
  openTime: { initialMs: 1_000, factor: 2, maxMs: 10_000 },
  halfOpen: { permits: 1 },
}

export interface OutboxPorts {
  readonly environment: Environment
  /** Guards the sink's writes; undefined where nothing does. */
  readonly breaker: BreakerHandle | undefined
  readonly onFault: (sink: string, error: unknown) => void
  readonly onUnexpected: (actor: string, event: string) => void
  /** The sink is done with all signals up to this sequence. */
  readonly onAcknowledged: (sink: string, sequence: number) => void
}

/** `offered = written + failed + dropped + withheld + waiting`. */
export interface OutboxCounts {
  offered: number
  written: number
  /** Given up after repeated attempts. */
  failed: number
  /** Turned away, as too many were waiting. */
  dropped: number
  /** Replayed or late, and not asked for. */
  withheld: number
}

/** What waits for one sink, and the batch on its way out. */
export class Outbox {
  readonly counts: OutboxCounts = { offered: 0, written: 0, failed: 0, dropped: 0, withheld: 0 }
  /** The last attempt failed. */
  private failing = false
  /** When the write that is awaited began, on the machine's clock, in milliseconds. */
  private writingSince: number | undefined
  private queue: SignalEvent[] = []
  private batch: SignalEvent[] = []
  /** Those of the batch that are not to be written again, as a halt took them back. */
  private readonly recalled = new Set<SignalEvent>()
  private retry: Timer | undefined
  /** When its breaker said to ask again, in milliseconds; `Infinity` where only a person can tell. */
  private rejectedForMs: number | undefined
  private tell: (notice: SinkNotice) => void = () => {}
  /** The number of dropped signals that is told of next. */
  private tellDropped = 1

  constructor(
    readonly sink: Sink,
    private readonly ports: OutboxPorts,
  ) {}

  /** Something is to be written, or being written. */
  get waiting(): boolean {
    return this.queue.length > 0
  }

  /** Signals without a fate yet. */
  get unsettled(): number {
    return this.queue.length + this.batch.length
  }

  /** Its sink fails, or has not acknowledged a batch for so many milliseconds. */
  inTrouble(stuckAfterMs: number): boolean {
    if (this.failing) return true
    return this.writingSince !== undefined && this.ports.environment.monotonic() - this.writingSince >= stuckAfterMs
  }

  /** @param halted Its symbol or the engine is halted. */
  offer(signal: SignalEvent, halted = false): void {
    const { counts, sink } = this
    counts.offered += 1
    const { wants } = sink
    if (
      (signal.late && wants?.late !== true) ||
      (signal.replayed && wants?.replayed !== true) ||
      (halted && wants?.halted !== true)
    ) {
      counts.withheld += 1
      return
    }
    if (this.queue.length >= MAX_WAITING) {
      this.drop()
      return
    }
    this.queue.push(signal)
    if (this.queue.length === 1 && this.batch.length === 0) this.tell({ type: 'sink.offered' })
  }

  /** Told of at one, ten, a hundred and so on, as the fault of a flood must not be a flood of faults. */
  private drop(): void {
    this.counts.dropped += 1
    if (this.counts.dropped < this.tellDropped) return
    this.tellDropped *= 10
    const { dropped } = this.counts
    const message = `the sink ${this.sink.name} is too slow: ${MAX_WAITING} signals wait for it, and ${dropped} were dropped`
    this.failed(new OutcryError('OUTCRY_SINK_FAILED', message))
  }

  /** Takes signals back that were not written yet. A write under way cannot be, but it is not tried again. */
  recall(halted: (signal: SignalEvent) => boolean): void {
    if (this.sink.wants?.halted === true) return
    const kept = this.queue.filter((signal) => !halted(signal))
    this.counts.withheld += this.queue.length - kept.length
    this.queue = kept
    for (const signal of this.batch) if (halted(signal)) this.recalled.add(signal)
  }

  attach(tell: (notice: SinkNotice) => void): void {
    this.tell = tell
  }

  open(): void {
    this.run(() => this.sink.open?.(), { type: 'sink.opened' })
  }

  /** Writes the next batch, after a failure the same again, if the breaker gives leave. */
  write(): void {
    this.next(false)
  }

  /** As `write`, whatever the breaker says: at a stop there is no later. */
  flush(): void {
    this.next(true)
  }

  private next(last: boolean): void {
    const { environment, breaker } = this.ports
    this.dropRecalled()
    if (this.unsettled === 0) {
      this.tell({ type: 'sink.written' })
      return
    }
    const answer = breaker?.acquire()
    const rejected = answer !== undefined && isRejection(answer)
    if (rejected && !last) {
      // The batch stays in the queue, from which a halt can still take its signals.
      this.rejectedForMs = answer.retryAfterMs ?? Number.POSITIVE_INFINITY
      this.tell({ type: 'sink.rejected' })
      return
    }
    this.rejectedForMs = undefined
    if (this.batch.length === 0) this.batch = this.queue.splice(0, MAX_BATCH)
    // A list of its own, as a sink may empty it while it writes, and the batch is counted, and may be written again.
    const signals = [...this.batch]
    this.writingSince ??= environment.monotonic()
    this.run(() => this.sink.write(signals), { type: 'sink.written' }, rejected ? undefined : answer)
  }

  /** Its breaker is in another state: what was turned away may be let through now. */
  breakerMoved(): void {
    const { environment, breaker } = this.ports
    if (this.retry === undefined || this.rejectedForMs === undefined || breaker === undefined) return
    if (breaker.state === 'open' || breaker.state === 'isolated') return
    environment.unwatch(this.retry)
    // On a turn of its own, as the breaker's actor is in the middle of its move.
    this.retryIn(0)
  }

  acknowledge(): void {
    this.counts.written += this.batch.length
    const last = this.batch.reduce((most, { sequence }) => Math.max(most, sequence), 0)
    this.batch = []
    this.recalled.clear()
    this.failing = false
    this.writingSince = undefined
    if (last > 0) this.ports.onAcknowledged(this.sink.name, last)
  }

  giveUp(): void {
    this.dropRecalled()
    this.counts.failed += this.batch.length
    this.batch = []
    this.failing = true
    this.writingSince = undefined
  }

  /** @param attempts made on the batch; of no account where it was the breaker that gave no leave. */
  watchRetry(attempts: number): void {
    const { rejectedForMs } = this
    if (rejectedForMs !== undefined) {
      this.retryIn(Number.isFinite(rejectedForMs) ? Math.ceil(rejectedForMs) : MAX_RETRY_MS)
      return
    }
    this.failing = true
    this.writingSince = undefined
    this.retryIn(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * (1 << Math.min(10, attempts))))
  }

  private retryIn(delayMs: number): void {
    this.retry = this.ports.environment.watch(() => this.tell({ type: 'sink.retry' }), delayMs)
  }

  unwatchRetry(): void {
    this.ports.environment.unwatch(this.retry)
    this.retry = undefined
  }

  close(): void {
    this.dropRecalled()
    // What is left at a close was offered after the last flush, or could not be written.
    this.counts.failed += this.unsettled
    this.queue = []
    this.batch = []
    this.run(() => this.sink.close?.(), { type: 'sink.closed' })
  }

  /**
   * Its actor had to be left behind, with a write that never answered perhaps: what has no fate yet gets
   * one. Should that write still go well, nobody counts it any more.
   */
  dismiss(): void {
    this.unwatchRetry()
    this.dropRecalled()
    this.counts.failed += this.unsettled
    this.queue = []
    this.batch = []
  }

  failed(error: unknown): void {
    this.ports.onFault(this.sink.name, error)
  }

  /** Its actor was told what its state has no answer to. */
  unanswered(actor: string, event: string): void {
    this.ports.onUnexpected(actor, event)
  }

  private dropRecalled(): void {
    if (this.recalled.size === 0) return
    const kept = this.batch.filter((signal) => !this.recalled.has(signal))
    this.counts.withheld += this.batch.length - kept.length
    this.batch = kept
    this.recalled.clear()
  }

  /** A sink is the host's: what it throws becomes a notice. */
  private run(call: () => unknown, done: SinkNotice, permit?: Permit): void {
    const { tell, ports } = this
    const beganAt = ports.environment.monotonic()
    const well = (): void => {
      if (permit !== undefined) this.report(permit, beganAt, 'ok')
      tell(done)
    }
    const failed = (error: unknown): void => {
      const meaning = permit === undefined ? undefined : ports.breaker?.classify(error)
      if (permit !== undefined) this.report(permit, beganAt, meaning)
      tell({ type: 'sink.failed', error, probe: permit?.probe === true && meaning === 'failed' })
    }
    settle(call, well, failed)
  }

  private report(permit: Permit, beganAt: number, meaning: 'ok' | 'failed' | 'ignored' | undefined): void {
    const { breaker, environment } = this.ports
    if (breaker === undefined) return
    const [ok, failed] = [meaning === 'ok' ? 1 : 0, meaning === 'failed' ? 1 : 0]
    const slow = ok + failed > 0 && environment.monotonic() - beganAt > breaker.slowCallMs ? 1 : 0
    breaker.report(permit, { ok, failed, slow })
  }
}
