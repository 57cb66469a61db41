import type { Environment } from '../environment/environment.js'
import { OutcryError } from '../errors.js'
import { type BreakerClock, type BreakerClockKind, breakerClock, remainingMs } from './clock.js'
import type { BreakerFact, BreakerMove, BreakerPhase, BreakerPort, BreakerStand } from './facts.js'
import { type BreakerHandle, type BreakerState, type ChunkResults, Permit, Rejection } from './handle.js'
import { type BreakerOptions, type BreakerPolicy, breach, breakerPolicy, openDelayMs, probeBreach } from './policy.js'
import { ProbeRound } from './probes.js'
import { type BreakerCounts, type BreakerReading, newBreakerCounts } from './reading.js'
import { parseSavedBreaker, type SavedBreaker } from './saved.js'
import { CountWindow, type SlidingWindow, TimeWindow } from './window.js'

export interface BreakerSettings {
  readonly name: string
  readonly environment: Environment
  readonly options?: BreakerOptions | undefined
  /** Whose time the window and the waits follow. Default `machine`. */
  readonly clock?: BreakerClockKind | undefined
  /** Warm start from what `save` gave; checked, as it may come from a file. */
  readonly restore?: unknown
  /** Told of every move. What it throws is counted and handed to `onFault`, and changes no call. */
  readonly onMove?: ((move: BreakerMove & { readonly name: string; readonly from: BreakerState }) => void) | undefined
  readonly onFault?: ((error: unknown) => void) | undefined
  /** Told of an event that its actor's state has no answer to. */
  readonly onUnexpected?: ((actor: string, event: string) => void) | undefined
}

/**
 * The data plane of a circuit breaker: hands out permits, adds up results and tells the machine what
 * the numbers came to. It moves to another state only when the machine says so (`moved`), so what a
 * caller meets is what a snapshot shows.
 *
 * Deadlines are also checked when somebody asks, so that a loop which starves the timers cannot keep
 * it open. Until an actor is attached it stays in its first state; after that actor has stopped it
 * refuses, as nothing guards the calls any more.
 */
export class CircuitBreaker implements BreakerHandle, BreakerPort {
  readonly name: string
  readonly policy: BreakerPolicy
  readonly counts: BreakerCounts = newBreakerCounts()
  readonly #settings: BreakerSettings
  readonly #stream: string
  readonly #clock: BreakerClock
  readonly #window: SlidingWindow
  #send: ((fact: BreakerFact) => void) | undefined
  #stopped = false
  #stand: BreakerStand
  #shared = new Permit(0, false)
  /** Closed or disabled, and alive: the one thing that the common path looks at. */
  #granting = false
  #probes: ProbeRound

  /** @throws {OutcryError} OUTCRY_OPTION_INVALID for options or a saved state that cannot be used. */
  constructor(settings: BreakerSettings) {
    const { name, environment } = settings
    this.name = name
    this.policy = breakerPolicy(settings.options, `breakers.${name}`)
    this.#settings = settings
    this.#stream = `breaker:${name}`
    this.#clock = breakerClock(environment, settings.clock ?? 'machine')
    const { window, disabled, halfOpen } = this.policy
    this.#window =
      window.kind === 'count'
        ? new CountWindow(window.size)
        : new TimeWindow(window.spanMs, window.buckets, this.#clock.now())
    this.#probes = new ProbeRound(halfOpen.permits)
    this.#stand = { state: disabled ? 'disabled' : 'closed', openings: 0, until: 0, waitMs: 0 }
    if (settings.restore !== undefined) this.#restore(parseSavedBreaker(settings.restore, `breakers.${name}.restore`))
    this.#enter()
  }

  get state(): BreakerState {
    return this.#stopped ? 'stopped' : this.#stand.state
  }

  get slowCallMs(): number {
    return this.policy.slowCallMs
  }

  /** Whether an actor decides for it. */
  get attached(): boolean {
    return this.#send !== undefined
  }

  get stand(): BreakerStand {
    return this.#stand
  }

  get generation(): number {
    return this.#shared.generation
  }

  acquire(): Permit | Rejection {
    if (!this.#granting) this.#expire()
    if (this.#granting) {
      this.counts.permitted += 1
      return this.#shared
    }
    if (this.state === 'halfOpen' && this.#probes.free > 0) return this.#probe()
    this.counts.rejected += 1
    return new Rejection(this.name, this.state, this.#retryAfterMs())
  }

  report(permit: Permit, results: ChunkResults): void {
    const { ok, failed, slow } = results
    checkResults(this.name, results)
    if (permit.generation !== this.#shared.generation || permit.settled || this.#stopped) {
      this.counts.stale += 1
      return
    }
    this.counts.ok += ok
    this.counts.failed += failed
    this.counts.slow += slow
    if (ok + failed === 0) this.counts.undecided += 1
    if (!permit.probe) {
      // As if the call had not been made: not even what has left the window meanwhile is judged for it.
      if (ok + failed > 0) this.#reportCalls(ok, failed, slow)
    } else {
      this.#probes.take(permit, ok, failed, slow)
      if (this.#probes.complete) this.#concludeProbes()
    }
  }

  /** What an error means for the breaker. A predicate that throws makes it a failure. */
  classify(error: unknown): 'ok' | 'failed' | 'ignored' {
    const { ignore, record } = this.policy
    try {
      if (ignore?.(error) === true) return 'ignored'
      return record === undefined || record(error) ? 'failed' : 'ok'
    } catch (fault) {
      this.#fault(fault)
      return 'failed'
    }
  }

  /** Opens it for the usual open time. While it is open this changes nothing. */
  trip(): void {
    this.#send?.({ type: 'breaker.trip', cause: 'tripped', ...this.#opening() })
  }

  /** Forces it open until `reset`. */
  isolate(): void {
    this.#send?.({ type: 'breaker.isolate', at: this.#clock.now() })
  }

  /** Lets everything through, measuring only, until `reset`. */
  disable(): void {
    this.#send?.({ type: 'breaker.disable', at: this.#clock.now() })
  }

  /** Closes it with an empty window, from any state. */
  reset(): void {
    this.#send?.({ type: 'breaker.reset', at: this.#clock.now() })
  }

  reading(): BreakerReading {
    this.#window.advance(this.#clock.now())
    const { calls, failed, slow } = this.#window
    return {
      ...this.#stand,
      name: this.name,
      generation: this.generation,
      retryAfterMs: this.#retryAfterMs(),
      calls,
      failureRate: calls === 0 ? 0 : failed / calls,
      slowCallRate: calls === 0 ? 0 : slow / calls,
      counts: { ...this.counts },
    }
  }

  /** For a warm start in another process. */
  save(): SavedBreaker {
    const now = this.#clock.now()
    this.#window.advance(now)
    const { calls, failed, slow } = this.#window
    const { state, openings, until, waitMs } = this.#stand
    const savedAt = this.#settings.environment.now()
    const openUntil = state === 'open' ? savedAt + remainingMs(until, now, waitMs) : 0
    const window = { ok: calls - failed, failed, slow }
    return { format: 1, name: this.name, state, openings, waitMs, openUntil, savedAt, window }
  }

  /**
   * Takes over what `save` gave in an earlier run; before an actor is attached.
   *
   * @throws {OutcryError} OUTCRY_OPTION_INVALID for what is no saved breaker.
   */
  restore(saved: unknown): void {
    this.#restore(parseSavedBreaker(saved, `breakers.${this.name}.restore`))
    this.#enter()
  }

  attach(send: (fact: BreakerFact) => void): () => void {
    this.#send = send
    this.#stopped = false
    this.#enter()
    return () => {
      // A successor may have attached already: then this end is not the breaker's.
      if (this.#send !== send) return
      this.#send = undefined
      this.#stopped = true
      this.#enter()
    }
  }

  moved(move: BreakerMove): void {
    const from = this.state
    this.#stand = { state: move.state, openings: move.openings, until: move.until, waitMs: move.waitMs }
    if (move.cause !== 'started') {
      this.#window.clear(this.#clock.now())
      if (move.state === 'open') this.counts.opened += 1
      if (move.cause === 'probe-lost') this.counts.lost += this.#probes.outstanding
    }
    this.#enter()
    try {
      this.#settings.onMove?.({ ...move, name: this.name, from })
    } catch (error) {
      this.#fault(error)
    }
  }

  arm(phase: BreakerPhase): () => void {
    const now = this.#clock.now()
    if (phase === 'cooldown') {
      const { until, waitMs } = this.#stand
      return this.#clock.arm(() => this.#endCooldown(), remainingMs(until, now, waitMs))
    }
    const { maxWaitMs } = this.policy.halfOpen
    return this.#clock.arm(() => this.#endProbes(), remainingMs(this.#probes.until, now, maxWaitMs))
  }

  unanswered(actor: string, event: string): void {
    this.#settings.onUnexpected?.(actor, event)
  }

  /** A new generation: permits given before it decide nothing any more. */
  #enter(): void {
    const { state } = this.#stand
    this.#shared = new Permit(this.#shared.generation + 1, false)
    this.#granting = !this.#stopped && (state === 'closed' || state === 'disabled')
    this.#probes = new ProbeRound(this.policy.halfOpen.permits)
  }

  #probe(): Permit {
    const probes = this.#probes
    const at = this.#clock.now()
    const first = probes.until === 0
    const permit = probes.give(this.generation, at + this.policy.halfOpen.maxWaitMs)
    this.counts.permitted += 1
    this.counts.probes += 1
    if (first) this.#send?.({ type: 'probe.started', at, until: probes.until })
    return permit
  }

  #reportCalls(ok: number, failed: number, slow: number): void {
    const { policy } = this
    const window = this.#window
    window.add(ok, failed, slow, policy.window.kind === 'time' ? this.#clock.now() : 0)
    // Most windows have no failure in them, and then there is nothing to judge.
    if ((window.failed === 0 && window.slow === 0) || window.calls < policy.minimumCalls) return
    if (this.#stand.state !== 'closed') return
    const cause = breach(policy, window)
    if (cause === undefined) return
    const totals = { calls: window.calls, failed: window.failed, slow: window.slow }
    this.#send?.({ type: 'window.breached', cause, ...totals, ...this.#opening() })
  }

  #judgeProbes(): void {
    const { totals } = this.#probes
    const cause = probeBreach(this.policy.halfOpen, totals)
    if (cause === undefined) this.#send?.({ type: 'probes.passed', at: this.#clock.now(), ...totals })
    else this.#send?.({ type: 'probes.failed', cause, ...totals, ...this.#opening() })
  }

  /** Looks at the deadlines, as a timer may be late or starved. */
  #expire(): void {
    const { state, until } = this.#stand
    if (state === 'open' && this.#clock.now() >= until) this.#endCooldown()
    else if (state === 'halfOpen' && this.#probes.until > 0 && this.#clock.now() >= this.#probes.until) {
      this.#endProbes()
    }
  }

  #endCooldown(): void {
    this.#send?.({ type: 'cooldown.elapsed', at: this.#clock.now() })
  }

  /**
   * The wait for a probe is over. One that did not come back within it opens the breaker again: its
   * silence is the fault that it was sent to look for. One that was given later has a wait of its own,
   * as rare calls would else be lost to the wait of the first, be they ever so quick.
   */
  #endProbes(): void {
    const probes = this.#probes
    const end = probes.endWait()
    if (end === 'lost')
      this.#send?.({ type: 'probes.failed', cause: 'probe-lost', ...probes.totals, ...this.#opening() })
    else if (end === 'over') this.#concludeProbes()
    else this.#send?.({ type: 'probes.awaited', at: this.#clock.now(), until: probes.until })
  }

  /** None is out any more: those that did come back with something are judged. */
  #concludeProbes(): void {
    if (this.#probes.returned > 0) {
      this.#judgeProbes()
      return
    }
    this.#probes = new ProbeRound(this.policy.halfOpen.permits)
    this.#send?.({ type: 'probes.returned', at: this.#clock.now() })
  }

  #opening(): { at: number; waitMs: number } {
    const chance = this.#settings.environment.random(this.#stream)
    return { at: this.#clock.now(), waitMs: openDelayMs(this.policy.openTime, this.#stand.openings, chance) }
  }

  #retryAfterMs(): number | undefined {
    const { state, until, waitMs } = this.#stand
    if (this.#stopped || state === 'isolated') return undefined
    const now = this.#clock.now()
    if (state === 'open') return remainingMs(until, now, waitMs)
    const { halfOpen } = this.policy
    if (state === 'halfOpen' && this.#probes.free === 0) {
      return remainingMs(this.#probes.until, now, halfOpen.maxWaitMs)
    }
    return 0
  }

  #restore(saved: SavedBreaker): void {
    const { policy } = this
    const now = this.#settings.environment.now()
    const open = saved.state === 'open'
    const waitMs = open ? Math.min(saved.waitMs, policy.openTime.maxMs) : 0
    const until = open ? this.#clock.now() + remainingMs(saved.openUntil, now, waitMs) : 0
    this.#stand = { state: saved.state, openings: saved.openings, until, waitMs }
    const { ok, failed, slow } = saved.window
    // Of a time window only the sum is kept, so it counts as new, or not at all once it would be gone.
    const fresh = policy.window.kind === 'count' || now - saved.savedAt < policy.window.spanMs
    if (fresh) this.#window.add(ok, failed, slow, this.#clock.now())
  }

  #fault(error: unknown): void {
    this.counts.faults += 1
    try {
      this.#settings.onFault?.(error)
    } catch {
      // Whoever reports faults may be at fault itself; it is in the count.
      this.counts.faults += 1
    }
  }
}

function checkResults(name: string, { ok, failed, slow }: ChunkResults): void {
  if (isCount(ok) && isCount(failed) && isCount(slow) && slow <= ok + failed) return
  throw new OutcryError(
    'OUTCRY_OPTION_INVALID',
    `breakers.${name}.report is ${ok} ok, ${failed} failed, ${slow} slow: counts are whole numbers from 0 up, the slow ones among the calls.`,
    { path: `breakers.${name}.report`, value: { ok, failed, slow } },
  )
}

const isCount = (value: number): boolean => value >= 0 && Number.isSafeInteger(value)
