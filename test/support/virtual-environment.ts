import { setImmediate as afterIo } from 'node:timers/promises'
import type { Environment, Timer } from '../../src/environment/environment.js'

interface Entry extends Timer {
  /** Due on the virtual machine's clock, which no jump of the wall clock moves. */
  readonly due: number
  readonly order: number
  readonly callback: () => void
  live: boolean
}

const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

/** A binary heap by (due, order of setting). A cancelled entry leaves when it comes to the top. */
class TimerHeap {
  readonly #entries: Entry[] = []

  push(entry: Entry): void {
    const entries = this.#entries
    let at = entries.push(entry) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = entries[above]
      if (parent === undefined || before(parent, entry)) break
      entries[at] = parent
      at = above
    }
    entries[at] = entry
  }

  /** The earliest live entry, left where it is. */
  peek(): Entry | undefined {
    while (this.#entries[0]?.live === false) this.#removeTop()
    return this.#entries[0]
  }

  pop(): Entry | undefined {
    const top = this.peek()
    if (top !== undefined) this.#removeTop()
    return top
  }

  #removeTop(): void {
    const entries = this.#entries
    const last = entries.pop()
    if (last === undefined || entries.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      let child = entries[below]
      const right = entries[below + 1]
      if (child !== undefined && right !== undefined && before(right, child)) {
        child = right
        below += 1
      }
      if (child === undefined || before(last, child)) break
      entries[at] = child
      at = below
    }
    entries[at] = last
  }
}

/** FNV-1a, to give every named stream a seed of its own. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

/** mulberry32: small, seeded and good enough to drive a test. */
const generator = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface VirtualOptions {
  readonly seed?: number
  /** Where the run's clock starts. UTC epoch milliseconds; default 2024-01-01. */
  readonly startMs?: number
}

/**
 * An environment for tests: time stands still until `advance` or `run` moves it, and every timer
 * fires alone, with both clocks showing its own deadline.
 */
export class VirtualEnvironment implements Environment {
  readonly kind = 'virtual'
  readonly #seed: number
  readonly #heap = new TimerHeap()
  readonly #streams = new Map<string, () => number>()
  #wall: number
  #elapsed = 0
  #order = 0
  #live = 0

  constructor(options: VirtualOptions = {}) {
    this.#seed = options.seed ?? 1
    this.#wall = options.startMs ?? 1_704_067_200_000
  }

  now(): number {
    return this.#wall + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#set(callback, delayMs, this.now())
  }

  clearTimeout(timer: Timer | undefined): void {
    const entry = timer as Entry | undefined
    if (entry?.live !== true) return
    entry.live = false
    this.#live -= 1
  }

  watch(callback: () => void, delayMs: number): Timer {
    return this.#set(callback, delayMs, this.#elapsed)
  }

  unwatch(timer: Timer | undefined): void {
    this.clearTimeout(timer)
  }

  yield(callback: () => void): void {
    this.#set(callback, 0, this.#elapsed)
  }

  random(stream: string): number {
    let next = this.#streams.get(stream)
    if (next === undefined) {
      next = generator(hash(`${this.#seed}/${stream}`))
      this.#streams.set(stream, next)
    }
    return next()
  }

  id(): string {
    const hex = (value: number, digits: number): string => Math.floor(value).toString(16).padStart(digits, '0')
    const time = hex(this.now(), 12).slice(-12)
    const draw = (): number => this.random('id')
    const tail = hex(draw() * 0x1000000, 6) + hex(draw() * 0x1000000, 6)
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(draw() * 0x1000, 3)}-${hex(0x8000 + draw() * 0x4000, 4)}-${tail}`
  }

  pending(): number {
    return this.#live
  }

  /** The wall clock steps by `byMs`, as when it is set by hand; no timer moves with it. */
  jump(byMs: number): void {
    this.#wall += byMs
  }

  /** Moves time on, firing what falls due. Throws what the callbacks threw, once all have run. */
  advance(byMs: number): void {
    const end = this.#elapsed + byMs
    const errors: unknown[] = []
    while (this.#fireBy(end, errors));
    this.#elapsed = end
    rethrow(errors)
  }

  /** As `advance`, but promises get their turn before the first timer and after every one. */
  async run(byMs: number): Promise<void> {
    const end = this.#elapsed + byMs
    const errors: unknown[] = []
    do await afterIo()
    while (this.#fireBy(end, errors))
    this.#elapsed = end
    rethrow(errors)
  }

  #set(callback: () => void, delayMs: number, base: number): Timer {
    const delay = Number.isNaN(delayMs) ? 0 : Math.max(delayMs, 0)
    this.#order += 1
    this.#live += 1
    const entry: Entry = {
      deadline: base + delay,
      due: this.#elapsed + delay,
      order: this.#order,
      callback,
      live: true,
    }
    this.#heap.push(entry)
    return entry
  }

  /** Fires the earliest timer due by `end`; false if there is none. */
  #fireBy(end: number, errors: unknown[]): boolean {
    const entry = this.#heap.peek()
    if (entry === undefined || entry.due > end) return false
    this.#heap.pop()
    entry.live = false
    this.#live -= 1
    this.#elapsed = Math.max(this.#elapsed, entry.due)
    try {
      entry.callback()
    } catch (error) {
      errors.push(error)
    }
    return true
  }
}

const rethrow = (errors: readonly unknown[]): void => {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, 'Several timer callbacks threw.')
}
