/** What a window holds, added up. */
export interface WindowTotals {
  readonly calls: number
  readonly failed: number
  readonly slow: number
}

/** The recent past of a breaker's calls, in constant memory. */
export interface SlidingWindow extends WindowTotals {
  /** `now` in milliseconds of the breaker's clock. */
  add(ok: number, failed: number, slow: number, now: number): void
  /** Forgets what has become too old. */
  advance(now: number): void
  clear(now: number): void
}

const FAILED = 1
const SLOW = 2

/**
 * The last `size` calls: a ring of one byte a call.
 *
 * A chunk does not say which of its calls failed, so its order is a convention: successes first,
 * and the slow ones last. It matters only while the window's edge runs through a chunk.
 */
export class CountWindow implements SlidingWindow {
  calls = 0
  failed = 0
  slow = 0
  readonly #ring: Uint8Array
  #next = 0

  constructor(readonly size: number) {
    this.#ring = new Uint8Array(size)
  }

  add(ok: number, failed: number, slow: number): void {
    const added = ok + failed
    const { size } = this
    // In a clean ring every slot is zero, so it does not matter which of them are written.
    const clean = failed === 0 && slow === 0 && this.failed === 0 && this.slow === 0
    if (!clean) {
      if (added >= size) this.#replace(failed, slow)
      else this.#write(added, ok, added - slow)
    }
    this.calls = Math.min(size, this.calls + added)
  }

  advance(): void {}

  clear(): void {
    this.calls = 0
    this.failed = 0
    this.slow = 0
    this.#next = 0
    this.#ring.fill(0)
  }

  /** Calls from number `firstFailed` on are failures, from `firstSlow` on slow. */
  #write(added: number, firstFailed: number, firstSlow: number): void {
    const ring = this.#ring
    const { size } = this
    let { failed, slow } = this
    let next = this.#next
    for (let i = 0; i < added; i += 1) {
      const old = ring[next] ?? 0
      const mark = (i >= firstFailed ? FAILED : 0) | (i >= firstSlow ? SLOW : 0)
      failed += (mark & FAILED) - (old & FAILED)
      slow += ((mark & SLOW) - (old & SLOW)) >> 1
      ring[next] = mark
      next = next + 1 === size ? 0 : next + 1
    }
    this.#next = next
    this.failed = failed
    this.slow = slow
  }

  /** Of a chunk that fills the window only the last `size` calls stay, and nothing of what was there. */
  #replace(failed: number, slow: number): void {
    const { size } = this
    this.failed = Math.min(failed, size)
    this.slow = Math.min(slow, size)
    this.#next = 0
    const firstFailed = size - this.failed
    const firstSlow = size - this.slow
    this.#ring.fill(0)
    this.#ring.fill(FAILED, firstFailed)
    if (firstSlow < firstFailed) this.#ring.fill(SLOW, firstSlow, firstFailed)
    this.#ring.fill(FAILED | SLOW, Math.max(firstSlow, firstFailed))
  }
}

/**
 * The calls of the last `spanMs`, in `buckets` partial sums: the current, partly filled bucket and
 * those before it. A clock that goes back counts as one that stood still, so that a step of the
 * wall clock can neither empty the window for good nor keep it from moving.
 */
export class TimeWindow implements SlidingWindow {
  calls = 0
  failed = 0
  slow = 0
  readonly #bucketMs: number
  readonly #calls: Float64Array
  readonly #failed: Float64Array
  readonly #slow: Float64Array
  #bucket = 0
  #steady = 0
  #last: number

  constructor(
    readonly spanMs: number,
    readonly buckets: number,
    now: number,
  ) {
    this.#bucketMs = spanMs / buckets
    this.#calls = new Float64Array(buckets)
    this.#failed = new Float64Array(buckets)
    this.#slow = new Float64Array(buckets)
    this.#last = now
  }

  add(ok: number, failed: number, slow: number, now: number): void {
    this.advance(now)
    const slot = this.#bucket % this.buckets
    const added = ok + failed
    this.calls += added
    this.failed += failed
    this.slow += slow
    this.#calls[slot] = (this.#calls[slot] ?? 0) + added
    this.#failed[slot] = (this.#failed[slot] ?? 0) + failed
    this.#slow[slot] = (this.#slow[slot] ?? 0) + slow
  }

  advance(now: number): void {
    if (now > this.#last) this.#steady += now - this.#last
    this.#last = now
    const bucket = Math.floor(this.#steady / this.#bucketMs)
    const passed = Math.min(bucket - this.#bucket, this.buckets)
    for (let i = 1; i <= passed; i += 1) {
      const slot = (this.#bucket + i) % this.buckets
      this.calls -= this.#calls[slot] ?? 0
      this.failed -= this.#failed[slot] ?? 0
      this.slow -= this.#slow[slot] ?? 0
      this.#calls[slot] = 0
      this.#failed[slot] = 0
      this.#slow[slot] = 0
    }
    this.#bucket = bucket
  }

  clear(now: number): void {
    this.advance(now)
    this.calls = 0
    this.failed = 0
    this.slow = 0
    this.#calls.fill(0)
    this.#failed.fill(0)
    this.#slow.fill(0)
  }
}
