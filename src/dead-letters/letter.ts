import type { OutcryEvent } from '../events/event.js'

/** Why a letter is dead. */
export const DEAD_LETTER_REASONS = [
  /** The queue had no room for it. */
  'refused',
  /** Its time to live ran out while it was queued. */
  'expired',
  /** Its handler did not settle in time. */
  'timeout',
  /** The strategy's circuit breaker turned it away. */
  'breaker-open',
  /** The one event of its chunk on which the handler fails. */
  'poison',
  /** The engine stopped first. */
  'shutdown',
] as const
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number]

/** Reasons for which a letter is only kept if the host asks for it: they may come in masses and be no fault. */
export const OPTIONAL_REASONS = ['expired', 'breaker-open', 'shutdown'] as const
export type OptionalReason = (typeof OPTIONAL_REASONS)[number]

/** An error as it is kept: text of bounded length, nothing that holds on to what it came from. */
export interface LetterError {
  readonly code: string | undefined
  /** At most 500 characters. */
  readonly message: string
  /** At most five frames of 200 characters. */
  readonly stack: readonly string[]
}

/** What enters: one event that one strategy, or none at all, could not handle. */
export interface DeadLetterEntry {
  readonly reason: DeadLetterReason
  /** Undefined where a journal could not write it, as nothing can encode its payload. */
  readonly event: OutcryEvent | undefined
  /** The strategy that failed; undefined where it reached none. */
  readonly strategy: string | undefined
  readonly error?: unknown
  /** Default 1 for a letter with a strategy, else 0. */
  readonly attempts?: number | undefined
  /** UTC epoch milliseconds; default now, on the run's clock. */
  readonly at?: number | undefined
}

export type DeadLetterFate = 'held' | 'redriven' | 'discarded' | 'evicted'

export class DeadLetter {
  fate: DeadLetterFate = 'held'
  /** How often it was sent out again and came back undelivered. */
  returns = 0

  constructor(
    readonly id: string,
    /** The number with which it entered, from 1 up. */
    readonly order: number,
    readonly event: OutcryEvent | undefined,
    readonly strategy: string | undefined,
    readonly reason: DeadLetterReason,
    readonly error: LetterError,
    readonly attempts: number,
    /** UTC epoch milliseconds. */
    readonly at: number,
    /** Estimate of what it holds in memory. */
    readonly bytes: number,
  ) {}
}

const MESSAGE_CHARACTERS = 500
const STACK_LINES = 5
const LINE_CHARACTERS = 200

/** A slice of a string keeps the whole of it alive, so what is cut is copied. */
const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${Buffer.from(text.slice(0, limit - 1)).toString()}…`

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Describes whatever was thrown, an object included whose fields throw when they are read. */
export function describeError(error: unknown): LetterError {
  if (error === undefined) return { code: undefined, message: '', stack: [] }
  try {
    if (typeof error !== 'object' || error === null) {
      return { code: undefined, message: cut(String(error), MESSAGE_CHARACTERS), stack: [] }
    }
    const { code, name, message, stack } = error as Record<string, unknown>
    const frames = (textOf(stack) ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, STACK_LINES)
    const said = textOf(message) ?? textOf(name) ?? 'an object was thrown that is no error'
    return {
      code: code === undefined ? undefined : cut(String(code), LINE_CHARACTERS),
      message: cut(said, MESSAGE_CHARACTERS),
      // Joined and split again, so that no frame is a slice of the error's own text.
      stack: frames.length === 0 ? [] : Buffer.from(frames.map(frame).join('\n')).toString().split('\n'),
    }
  } catch {
    return { code: undefined, message: 'the error cannot be read', stack: [] }
  }
}

const frame = (line: string): string => cut(line.trim(), LINE_CHARACTERS)
