import { WordBySequence } from './by-sequence.js'

const LETTER = 'e'.charCodeAt(0)
const ZERO = '0'.charCodeAt(0)
const DIGITS_MOST = 7

/** The number of an id such as `e17`, as the world gives them to the records that it makes; else -1. */
function ordinalOf(id: string): number {
  const { length } = id
  if (length < 2 || length > 1 + DIGITS_MOST || id.charCodeAt(0) !== LETTER) return -1
  // Two ids must not be one number.
  if (length > 2 && id.charCodeAt(1) === ZERO) return -1
  let number = 0
  for (let at = 1; at < length; at++) {
    const digit = id.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/**
 * Positive numbers by the id of an event. Those of the world's own records, nearly all there are, lie in an
 * array by the number that the id holds: a Map of a million strings cost a tenth of a long run, and its collection more.
 */
export class ById {
  private readonly byOrdinal = new WordBySequence()
  private readonly others = new Map<string, number>()

  /** 0 where none is known. */
  get(id: string): number {
    const ordinal = ordinalOf(id)
    return ordinal < 0 ? (this.others.get(id) ?? 0) : this.byOrdinal.get(ordinal)
  }

  set(id: string, value: number): void {
    const ordinal = ordinalOf(id)
    if (ordinal < 0) this.others.set(id, value)
    else this.byOrdinal.set(ordinal, value)
  }

  /** Forgets what lies below; of the world's own records it is left to the caller to see that a number is old. */
  forgetBelow(value: number): void {
    for (const [id, known] of this.others) if (known < value) this.others.delete(id)
  }
}
