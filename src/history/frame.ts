/** What numbers are multiplied by to be whole. The last is the fineness of the wall clock's doubles in this age. */
export const SCALES = [1, 100, 1_000, 10_000, 1_000_000, 4_096] as const

const SAFE = Number.MAX_SAFE_INTEGER

/** One in so many numbers may be none of the column's scale. */
const EXCEPTION_OF = 16

/**
 * A column of numbers as whole numbers of one scale, and how far these and their steps lie apart. What is not of
 * the scale is kept as it is, beside the column, as long as it is little: a sum such as 100 + 0.07 may miss the
 * decimal by a bit (as in ALP: adaptive lossless floating-point compression, Afroozeh, Kuffó and Boncz, 2023).
 */
export class Frame {
  wholes = new Float64Array(512)
  /** Rows of the numbers that are not of the scale. In `wholes` each repeats the one before it. */
  readonly exceptions: number[] = []
  /** The place of the scale among {@link SCALES}. */
  scale = 0
  least = 0
  range = 0
  leastStep = 0
  /** Infinity where the steps would not lead back exactly. */
  stepRange = 0

  /** Looks at the first `count` numbers; false if they have no scale. */
  fit(column: Float64Array, count: number): boolean {
    if (count === 0) return false
    if (this.wholes.length < count) this.wholes = new Float64Array(count)
    return (
      this.#isLine(column, count) ||
      this.#fitWith(column, count, 0) ||
      this.#fitWith(column, count, Math.floor(count / EXCEPTION_OF))
    )
  }

  /** Whole numbers that grow evenly, or not at all: sequences, and whatever else only counts. */
  #isLine(column: Float64Array, count: number): boolean {
    const first = column[0] ?? 0
    const last = column[count - 1] ?? 0
    const step = count === 1 ? 0 : (column[1] ?? 0) - first
    // Of zeros one might be negative, so that those take the long way.
    if (step < 0 || first <= 0 || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return false
    if (last - first !== step * (count - 1)) return false
    for (let index = 1; index < count; index += 1) {
      if ((column[index] ?? 0) - (column[index - 1] ?? 0) !== step) return false
    }
    this.exceptions.length = 0
    this.scale = 0
    this.least = first
    this.range = last - first
    this.leastStep = step
    this.stepRange = 0
    this.wholes[0] = first
    return true
  }

  #fitWith(column: Float64Array, count: number, exceptions: number): boolean {
    for (let scale = 0; scale < SCALES.length; scale += 1) {
      if (!this.#scaled(column, count, SCALES[scale] ?? 1, exceptions)) continue
      this.scale = scale
      return true
    }
    return false
  }

  #scaled(column: Float64Array, count: number, scale: number, mostExceptions: number): boolean {
    const { wholes, exceptions } = this
    exceptions.length = 0
    let before = firstWhole(column, count, scale, mostExceptions)
    let least = before
    let most = before
    let leastStep = Number.POSITIVE_INFINITY
    let mostStep = Number.NEGATIVE_INFINITY
    for (let index = 0; index < count; index += 1) {
      const value = column[index] ?? 0
      let whole = Math.round(value * scale)
      if (!comesBack(whole, scale, value)) {
        if (exceptions.length === mostExceptions) return false
        exceptions.push(index)
        whole = before
      }
      wholes[index] = whole
      if (whole < least) least = whole
      if (whole > most) most = whole
      if (index > 0) {
        const step = whole - before
        if (step < leastStep) leastStep = step
        if (step > mostStep) mostStep = step
      }
      before = whole
    }
    this.least = least
    this.range = most - least
    this.leastStep = leastStep
    // A step that is not safe may have been rounded.
    this.stepRange =
      count > 1 && leastStep >= -SAFE && mostStep <= SAFE ? mostStep - leastStep : Number.POSITIVE_INFINITY
    return true
  }
}

/** Whether a number is had back from its whole one, bit for bit. */
function comesBack(whole: number, scale: number, value: number): boolean {
  return whole / scale === value && whole <= SAFE && whole >= -SAFE && (whole !== 0 || !Object.is(value, -0))
}

/** The first that is of the scale, for those before it to repeat; 0 where it is too far on. */
function firstWhole(column: Float64Array, count: number, scale: number, mostExceptions: number): number {
  for (let index = 0; index < count && index <= mostExceptions; index += 1) {
    const value = column[index] ?? 0
    const whole = Math.round(value * scale)
    if (comesBack(whole, scale, value)) return whole
  }
  return 0
}
