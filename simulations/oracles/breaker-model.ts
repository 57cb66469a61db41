import type { Breaker } from '../subject.js'

/** Two clocks that add up fractions in an order of their own may differ by this much. Milliseconds. */
const ROUNDING_MS = 1e-6

interface Call {
  readonly failed: boolean
  readonly slow: boolean
  readonly bucket: number
}

interface Probe {
  reported: boolean
  /** The end of its own wait. */
  readonly until: number
}

type State = Breaker['state']
type Policy = Breaker['policy']
type Limits = { readonly failureRate: number; readonly slowCallRate: number }

/**
 * What a circuit breaker does, said once more without any cleverness: lists of single calls, sums
 * made anew for every question, no machine and no timers. It is told what callers do and when, and
 * says what must come of it.
 */
export class BreakerModel {
  state: State
  openings = 0
  /** The end of the open time; without end until the breaker has said how long. */
  until = 0
  probesUntil: number | undefined
  private calls: Call[] = []
  /** By how it ended: the last call of that kind. */
  private readonly alike: (Call | undefined)[] = [undefined, undefined, undefined, undefined]
  private probes: Probe[] = []
  /** Whose wait is running. */
  private watched: Probe | undefined
  /** The first probe's wait is over: no further one is given. */
  private closed = false
  private probeCalls: { failed: boolean; slow: boolean }[] = []
  private period = 0
  private steady = 0
  private readonly permits = new WeakMap<object, { readonly period: number; readonly probe: Probe | undefined }>()

  constructor(
    private readonly policy: Policy,
    private last: number,
  ) {
    this.state = policy.disabled ? 'disabled' : 'closed'
  }

  /** True while the edge between two buckets of the window is so near that rounding decides. */
  get atEdge(): boolean {
    const { window } = this.policy
    if (window.kind === 'count') return false
    const bucketMs = window.spanMs / window.buckets
    const into = this.steady % bucketMs
    return bucketMs - into < ROUNDING_MS || (into < ROUNDING_MS && this.steady > bucketMs / 2)
  }

  pass(now: number): void {
    if (now > this.last) this.steady += now - this.last
    this.last = now
  }

  /** Whether a call may be made, and whether it is a probe. */
  acquire(): 'call' | 'probe' | 'refused' {
    if (this.state === 'open' && this.last >= this.until) this.enter('halfOpen')
    else if (this.state === 'halfOpen' && this.probesUntil !== undefined && this.last >= this.probesUntil)
      this.endProbes()
    if (this.state === 'closed' || this.state === 'disabled') return 'call'
    const full = this.closed || this.probes.length >= this.policy.halfOpen.permits
    return this.state !== 'halfOpen' || full ? 'refused' : 'probe'
  }

  /** A permit was given for the last `acquire`. One of a closed breaker is shared by many calls. */
  given(permit: object, probe: boolean): void {
    const made = probe ? { reported: false, until: this.last + this.policy.halfOpen.maxWaitMs } : undefined
    if (made !== undefined) {
      this.probes.push(made)
      this.watched ??= made
      this.probesUntil ??= made.until
    }
    this.permits.set(permit, { period: this.period, probe: made })
  }

  report(permit: object, ok: number, failed: number, slow: number): void {
    const known = this.permits.get(permit)
    if (known === undefined || known.period !== this.period || known.probe?.reported === true) return
    const { probe } = known
    if (probe !== undefined) probe.reported = true
    if (ok + failed === 0) {
      this.probes = this.probes.filter((one) => one !== probe)
      if (this.closed && this.allReported()) this.conclude()
      return
    }
    const calls = ok + failed
    if (probe !== undefined) {
      for (let at = 0; at < calls; at++) this.probeCalls.push({ failed: at >= ok, slow: at >= calls - slow })
      const full = this.closed || this.probes.length === this.policy.halfOpen.permits
      if (full && this.allReported()) this.conclude()
      return
    }
    const bucket = this.bucket()
    for (let at = 0; at < calls; at++) this.calls.push(this.callOf(at >= ok, at >= calls - slow, bucket))
    this.forget()
    if (this.state !== 'closed' || this.calls.length < this.policy.minimumCalls) return
    if (breached(this.calls, this.policy)) this.open()
  }

  trip(): void {
    if (this.state === 'closed' || this.state === 'halfOpen') this.open()
  }

  settle(state: 'closed' | 'isolated' | 'disabled'): void {
    // Isolated or disabled already, it stays as it is; a reset always begins anew.
    if (state !== 'closed' && state === this.state) return
    this.enter(state)
    this.openings = 0
  }

  /** A timer of the breaker has fired. Says what was wrong with that, if anything. */
  moved(cause: string): string | undefined {
    if (cause === 'cooled-down') {
      if (this.state !== 'open') return 'it has cooled down and was not open'
      if (this.last < this.until - ROUNDING_MS) return `it has cooled down ${this.until - this.last} ms early`
      this.enter('halfOpen')
      return undefined
    }
    if (this.state !== 'halfOpen' || this.probesUntil === undefined) return `it moves by itself: ${cause}`
    if (this.last < this.probesUntil - ROUNDING_MS) return `its probes ended ${this.probesUntil - this.last} ms early`
    this.endProbes()
    return undefined
  }

  /** A wait for probes has ended, and they are waited for once more. Says what was wrong with that, if anything. */
  awaits(): string | undefined {
    if (this.state !== 'halfOpen' || this.probesUntil === undefined) return 'it waits for probes that nobody has'
    if (this.last < this.probesUntil - ROUNDING_MS) return `its probes ended ${this.probesUntil - this.last} ms early`
    this.endProbes()
    return this.closed ? undefined : 'it waits for probes that are back, or should have been'
  }

  /** The least and the most that it may stay open by its last opening. Milliseconds. */
  openTime(): readonly [number, number] {
    const { initialMs, factor, maxMs, jitter } = this.policy.openTime
    const base = Math.min(maxMs, initialMs * factor ** (this.openings - 1))
    return [Math.max(1, Math.min(maxMs, base * (1 - jitter)) - 1), Math.min(maxMs, base * (1 + jitter)) + 1]
  }

  private bucket(): number {
    const { window } = this.policy
    return window.kind === 'count' ? 0 : Math.floor(this.steady / (window.spanMs / window.buckets))
  }

  /** Calls that ended alike in one bucket are one object: there are as many calls as deliveries. */
  private callOf(failed: boolean, slow: boolean, bucket: number): Call {
    const kind = (failed ? 1 : 0) + (slow ? 2 : 0)
    let call = this.alike[kind]
    if (call === undefined || call.bucket !== bucket) {
      call = { failed, slow, bucket }
      this.alike[kind] = call
    }
    return call
  }

  private forget(): void {
    const { window } = this.policy
    if (window.kind === 'count') {
      if (this.calls.length > window.size) this.calls.splice(0, this.calls.length - window.size)
      return
    }
    const oldest = this.bucket() - window.buckets
    // They are in the order of their time.
    const first = this.calls[0]
    if (first !== undefined && first.bucket <= oldest) this.calls = this.calls.filter(({ bucket }) => bucket > oldest)
  }

  private judgeProbes(): void {
    if (breached(this.probeCalls, this.policy.halfOpen)) this.open()
    else this.settle('closed')
  }

  private allReported(): boolean {
    return this.probes.every(({ reported }) => reported)
  }

  private endProbes(): void {
    const oldest = this.probes.find(({ reported }) => !reported)
    if (oldest === undefined) this.conclude()
    else if (this.watched?.reported === false && this.probes.includes(this.watched)) this.open()
    else {
      this.closed = true
      this.watched = oldest
      this.probesUntil = oldest.until
    }
  }

  private conclude(): void {
    if (this.probes.length > 0) this.judgeProbes()
    else this.forgetProbes()
  }

  private forgetProbes(): void {
    this.probes = []
    this.probeCalls = []
    this.probesUntil = undefined
    this.watched = undefined
    this.closed = false
  }

  private open(): void {
    this.enter('open')
    this.openings += 1
    // Until it has been said how long.
    this.until = Number.POSITIVE_INFINITY
  }

  private enter(state: State): void {
    this.state = state
    this.period += 1
    this.calls = []
    this.forgetProbes()
  }
}

function breached(calls: readonly { failed: boolean; slow: boolean }[], limits: Limits): boolean {
  let failures = 0
  let slow = 0
  for (const call of calls) {
    if (call.failed) failures += 1
    if (call.slow) slow += 1
  }
  return failures / calls.length >= limits.failureRate || slow / calls.length >= limits.slowCallRate
}
