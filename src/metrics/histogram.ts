/** The smallest latency told apart, 2^-10 ms: a little under a microsecond. */
const LOWEST_EXPONENT = -10

/** Powers of two up to 2^22 ms, which is 70 minutes. */
const OCTAVES = 32

/** Buckets to a power of two: 64 make the middle of one at most 1/128 = 0.8 % off. */
const STEP_BITS = 6
const STEPS = 1 << STEP_BITS

const BUCKETS = OCTAVES * STEPS

/** What a double's exponent field holds for 2^LOWEST_EXPONENT, shifted to count buckets. */
const FIRST = (1023 + LOWEST_EXPONENT) << STEP_BITS

/**
 * A distribution of latencies in constant memory (16 KiB): counts in buckets that are linear within
 * a power of two, after HdrHistogram by Gil Tene. The bucket of a value is the exponent and the
 * first six bits of the mantissa of its double, read from its bits without a logarithm.
 *
 * A percentile is right to 0.8 % from 1 µs to one hour. A shorter latency counts as 1 µs, a longer
 * one as the longest bucket; `min` and `max` are exact in every case.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS)
  readonly #double = new Float64Array(1)
  readonly #words = new Uint32Array(this.#double.buffer)
  // The high word of a double comes second on the little-endian machines that nearly all are.
  readonly #high: 0 | 1
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0
  #rejected = 0

  constructor() {
    this.#double[0] = 1
    this.#high = this.#words[1] === 0 ? 0 : 1
  }

  /** The sum of the weights. */
  get count(): number {
    return this.#count
  }

  /** Milliseconds; 0 while nothing is recorded. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  /** Milliseconds; 0 while nothing is recorded. */
  get max(): number {
    return this.#max
  }

  /** Milliseconds; 0 while nothing is recorded. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /** Of all that was recorded, each with its weight. Milliseconds. */
  get sum(): number {
    return this.#sum
  }

  /** Records that were not a number, or whose weight was not positive, and were left out. */
  get rejected(): number {
    return this.#rejected
  }

  /**
   * @param latencyMs Milliseconds; one below 0 counts as 0.
   * @param weight How many it stands for: the events of a chunk, or the sampling interval.
   */
  record(latencyMs: number, weight = 1): void {
    // Written so that NaN is rejected as well.
    if (!(latencyMs < Number.POSITIVE_INFINITY && weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      this.#rejected += 1
      return
    }
    const value = Math.max(latencyMs, 0)
    this.#double[0] = value
    const bucket = ((this.#words[this.#high] ?? 0) >>> (20 - STEP_BITS)) - FIRST
    const at = bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1
    this.#counts[at] = (this.#counts[at] ?? 0) + weight
    this.#count += weight
    this.#sum += value * weight
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  /**
   * The latency that `percent` of what was recorded did not exceed (nearest rank), in
   * milliseconds; 0 while nothing is recorded.
   *
   * @param percent 0 to 100; what lies outside is clamped.
   */
  percentile(percent: number): number {
    if (this.#count === 0) return 0
    if (!(percent > 0)) return this.#min
    if (percent >= 100) return this.#max
    const rank = (percent / 100) * this.#count
    let seen = 0
    for (let at = 0; at < BUCKETS; at += 1) {
      seen += this.#counts[at] ?? 0
      if (seen >= rank) return this.#clamp(middleOf(at))
    }
    return this.#max
  }

  /**
   * Weights by power of two: place `n` holds those from 2^(n - 10) to 2^(n - 9) ms, of 32 places. It
   * fills the array that it is given, so that who reads it again and again allocates nothing.
   */
  octaves(into: Float64Array = new Float64Array(OCTAVES)): Float64Array {
    for (let octave = 0; octave < OCTAVES; octave += 1) {
      let sum = 0
      for (let at = octave << STEP_BITS; at < (octave + 1) << STEP_BITS; at += 1) sum += this.#counts[at] ?? 0
      into[octave] = sum
    }
    return into
  }

  reset(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#sum = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#max = 0
    this.#rejected = 0
  }

  /** No percentile lies outside what was really recorded, although a bucket's middle may. */
  #clamp(value: number): number {
    if (value < this.#min) return this.#min
    return Math.min(value, this.#max)
  }
}

/** The middle of a bucket. Milliseconds. */
function middleOf(bucket: number): number {
  // A product of halves and doubles is exact; a power might differ between versions of Node.
  let base = 1
  const exponent = LOWEST_EXPONENT + (bucket >> STEP_BITS)
  for (let power = 0; power < exponent; power += 1) base *= 2
  for (let power = 0; power > exponent; power -= 1) base /= 2
  return base * (1 + ((bucket & (STEPS - 1)) + 0.5) / STEPS)
}
