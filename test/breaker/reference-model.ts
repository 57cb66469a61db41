/**
 * What a circuit breaker does, said once more without any cleverness: lists of single calls, sums
 * made anew for every question, no machine and no timers but two deadlines.
 */
export interface ModelOptions {
  readonly clock: 'machine' | 'run'
  /** What the environment of the test draws, every time. */
  readonly chance: number
  readonly window: { kind: 'count'; size: number } | { kind: 'time'; spanMs: number; buckets: number }
  readonly failureRate: number
  readonly slowCallRate: number
  readonly minimumCalls: number
  readonly halfOpen: { permits: number; failureRate: number; slowCallRate: number; maxWaitMs: number }
  readonly openTime: { initialMs: number; factor: number; maxMs: number; jitter: number }
}

interface Call {
  readonly failed: boolean
  readonly slow: boolean
  readonly bucket: number
}

export interface ModelPermit {
  readonly period: number
  readonly probe: boolean
  reported: boolean
  /** The end of a probe's own wait, on the breaker's clock. */
  readonly until: number
}

type State = 'closed' | 'open' | 'halfOpen' | 'isolated' | 'disabled'

export class ReferenceModel {
  state: State = 'closed'
  openings = 0
  waitMs = 0
  stale = 0
  undecided = 0
  lost = 0
  opened = 0
  #until = 0
  #timerDue: number | undefined
  #period = 0
  #calls: Call[] = []
  #probes: ModelPermit[] = []
  #probeCalls: { failed: boolean; slow: boolean }[] = []
  #probesUntil: number | undefined
  /** Whose wait is running. */
  #watched: ModelPermit | undefined
  /** The first probe's wait is over: no further one is given. */
  #closed = false
  #elapsed = 0
  #offset = 0
  /** Forward moves of the breaker's clock, since the window was made. */
  #steady = 0

  constructor(readonly options: ModelOptions) {}

  get timers(): number {
    return this.#timerDue === undefined ? 0 : 1
  }

  advance(ms: number): void {
    const end = this.#elapsed + ms
    while (this.#timerDue !== undefined && this.#timerDue <= end) {
      this.#pass(this.#timerDue - this.#elapsed)
      this.#timerDue = undefined
      if (this.state === 'open') this.#enter('halfOpen')
      else this.#endProbes()
    }
    this.#pass(end - this.#elapsed)
  }

  jump(ms: number): void {
    this.#offset += ms
    if (this.options.clock === 'run' && ms > 0) this.#steady += ms
  }

  acquire(): ModelPermit | undefined {
    if (this.state === 'open' && this.#now() >= this.#until) this.#enter('halfOpen')
    else if (this.state === 'halfOpen' && this.#probesUntil !== undefined && this.#now() >= this.#probesUntil) {
      this.#endProbes()
    }
    const { maxWaitMs } = this.options.halfOpen
    const until = this.#now() + maxWaitMs
    const permit = { period: this.#period, probe: this.state === 'halfOpen', reported: false, until }
    if (this.state === 'closed' || this.state === 'disabled') return permit
    if (this.state !== 'halfOpen' || this.#freePermits() === 0) return undefined
    this.#probes.push(permit)
    if (this.#probesUntil === undefined) {
      this.#watched = permit
      this.#probesUntil = until
      this.#timerDue = this.#elapsed + maxWaitMs
    }
    return permit
  }

  report(permit: ModelPermit, ok: number, failed: number, slow: number): void {
    if (permit.period !== this.#period || (permit.probe && permit.reported)) {
      this.stale += 1
      return
    }
    permit.reported = true
    if (ok + failed === 0) {
      this.undecided += 1
      if (permit.probe) this.#probes = this.#probes.filter((probe) => probe !== permit)
      if (permit.probe && this.#closed && this.#allReported()) this.#conclude()
      return
    }
    const calls = Array.from({ length: ok + failed }, (_, i) => ({
      failed: i >= ok,
      slow: i >= ok + failed - slow,
    }))
    if (permit.probe) {
      this.#probeCalls.push(...calls)
      const full = this.#closed || this.#probes.length === this.options.halfOpen.permits
      if (full && this.#allReported()) this.#conclude()
      return
    }
    const bucket = this.#bucket()
    this.#calls.push(...calls.map((call) => ({ ...call, bucket })))
    const { minimumCalls } = this.options
    const window = this.window()
    if (this.state === 'closed' && window.length >= minimumCalls && breached(window, this.options)) this.#open()
  }

  trip(): void {
    if (this.state === 'closed' || this.state === 'halfOpen') this.#open()
  }

  isolate(): void {
    if (this.state !== 'isolated') this.#settle('isolated')
  }

  disable(): void {
    if (this.state !== 'disabled') this.#settle('disabled')
  }

  reset(): void {
    this.#settle('closed')
  }

  window(): readonly Call[] {
    const { window } = this.options
    if (window.kind === 'count') return this.#calls.slice(-window.size)
    return this.#calls.filter((call) => call.bucket > this.#bucket() - window.buckets)
  }

  retryAfterMs(): number | undefined {
    if (this.state === 'isolated') return undefined
    const left = (until: number, whole: number): number => Math.max(0, Math.min(whole, until - this.#now()))
    if (this.state === 'open') return left(this.#until, this.waitMs)
    if (this.state === 'halfOpen' && this.#freePermits() === 0) {
      return left(this.#probesUntil ?? 0, this.options.halfOpen.maxWaitMs)
    }
    return 0
  }

  /** Ends, sleeps for a time and begins again from what was saved. */
  restart(sleptMs: number): void {
    const kept = this.window()
    const wall = this.#elapsed + this.#offset
    const openUntil = wall + (this.retryAfterMs() ?? 0)
    this.#timerDue = undefined
    this.#pass(sleptMs)
    this.#steady = 0
    const { window } = this.options
    const fresh = window.kind === 'count' || sleptMs < window.spanMs
    const ok = kept.filter((call) => !call.failed).length
    const slow = kept.filter((call) => call.slow).length
    this.#calls = fresh ? kept.map((_, i) => ({ failed: i >= ok, slow: i >= kept.length - slow, bucket: 0 })) : []
    this.#period += 1
    this.#forgetProbes()
    if (this.state === 'open') {
      const left = Math.max(0, Math.min(this.waitMs, openUntil - this.#elapsed - this.#offset))
      this.#until = this.#now() + left
      this.#timerDue = this.#elapsed + left
    }
  }

  #now(): number {
    return this.options.clock === 'run' ? this.#elapsed + this.#offset : this.#elapsed
  }

  #pass(ms: number): void {
    this.#elapsed += ms
    this.#steady += ms
  }

  #bucket(): number {
    const { window } = this.options
    return window.kind === 'count' ? 0 : Math.floor(this.#steady / (window.spanMs / window.buckets))
  }

  #freePermits(): number {
    return this.#closed ? 0 : this.options.halfOpen.permits - this.#probes.length
  }

  #allReported(): boolean {
    return this.#probes.every((probe) => probe.reported)
  }

  #forgetProbes(): void {
    this.#probes = []
    this.#probeCalls = []
    this.#probesUntil = undefined
    this.#watched = undefined
    this.#closed = false
  }

  #enter(state: State): void {
    this.state = state
    this.#period += 1
    this.#calls = []
    this.#forgetProbes()
    this.#timerDue = undefined
    if (state !== 'open') this.waitMs = 0
  }

  #settle(state: State): void {
    this.#enter(state)
    this.openings = 0
  }

  #open(): void {
    const { initialMs, factor, maxMs, jitter } = this.options.openTime
    const base = Math.min(maxMs, initialMs * factor ** this.openings)
    const spread = base + base * jitter * (2 * this.options.chance - 1)
    this.#enter('open')
    this.openings += 1
    this.opened += 1
    this.waitMs = Math.max(1, Math.round(Math.min(maxMs, spread)))
    this.#until = this.#now() + this.waitMs
    this.#timerDue = this.#elapsed + this.waitMs
  }

  #judgeProbes(): void {
    if (breached(this.#probeCalls, this.options.halfOpen)) this.#open()
    else this.#settle('closed')
  }

  #endProbes(): void {
    this.#timerDue = undefined
    const out = this.#probes.filter((probe) => !probe.reported)
    const oldest = out[0]
    if (oldest === undefined) this.#conclude()
    else if (this.#watched !== undefined && out.includes(this.#watched)) {
      this.lost += out.length
      this.#open()
    } else {
      this.#closed = true
      this.#watched = oldest
      this.#probesUntil = oldest.until
      const left = Math.max(0, Math.min(this.options.halfOpen.maxWaitMs, oldest.until - this.#now()))
      this.#timerDue = this.#elapsed + left
    }
  }

  #conclude(): void {
    if (this.#probes.length > 0) this.#judgeProbes()
    else {
      this.#timerDue = undefined
      this.#forgetProbes()
    }
  }
}

function breached(
  calls: readonly { failed: boolean; slow: boolean }[],
  limits: { failureRate: number; slowCallRate: number },
): boolean {
  const share = (count: number): number => count / calls.length
  return (
    share(calls.filter((call) => call.failed).length) >= limits.failureRate ||
    share(calls.filter((call) => call.slow).length) >= limits.slowCallRate
  )
}
