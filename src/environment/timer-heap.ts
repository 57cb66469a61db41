import type { Timer } from './environment.js'

/** A timer that a {@link TimerHeap} holds, held or taken out. */
export class HeapTimer implements Timer {
  deadline: number
  /** Breaks ties between equal deadlines: the timer set first fires first. */
  readonly sequence: number
  readonly callback: () => void
  /** Where the heap keeps it; -1 once it fired or was removed. */
  position = -1

  constructor(deadline: number, sequence: number, callback: () => void) {
    this.deadline = deadline
    this.sequence = sequence
    this.callback = callback
  }

  /** Whether it fires before another. */
  isBefore(other: HeapTimer): boolean {
    return this.deadline < other.deadline || (this.deadline === other.deadline && this.sequence < other.sequence)
  }
}

/**
 * A binary min-heap of timers by (deadline, sequence). Every timer knows its own position, so that
 * one is removed in O(log n) and a cancelled timer leaves nothing behind.
 */
export class TimerHeap {
  readonly #timers: HeapTimer[] = []

  get size(): number {
    return this.#timers.length
  }

  /** The timer due first, or undefined. */
  peek(): HeapTimer | undefined {
    return this.#timers[0]
  }

  push(timer: HeapTimer): void {
    this.#timers.push(timer)
    this.#siftUp(timer, this.#timers.length - 1)
  }

  pop(): HeapTimer | undefined {
    const first = this.#timers[0]
    if (first !== undefined) this.remove(first)
    return first
  }

  /** Moves all deadlines by as much, so that their order stays. Milliseconds. */
  postpone(byMs: number): void {
    for (const timer of this.#timers) timer.deadline += byMs
  }

  /** False if the timer is not in this heap, as when it has fired. */
  remove(timer: HeapTimer): boolean {
    const position = timer.position
    // A timer of another heap may have a position that is in use here: only identity tells.
    if (position < 0 || this.#timers[position] !== timer) return false
    timer.position = -1
    const last = this.#timers.pop()
    if (last !== undefined && last !== timer) {
      this.#siftUp(last, position)
      if (last.position === position) this.#siftDown(last, position)
    }
    return true
  }

  clear(): void {
    for (const timer of this.#timers) timer.position = -1
    this.#timers.length = 0
  }

  #siftUp(timer: HeapTimer, from: number): void {
    let at = from
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = this.#timers[up]
      if (parent === undefined || !timer.isBefore(parent)) break
      this.#place(parent, at)
      at = up
    }
    this.#place(timer, at)
  }

  #siftDown(timer: HeapTimer, from: number): void {
    let at = from
    for (;;) {
      let down = 2 * at + 1
      let child = this.#timers[down]
      if (child === undefined) break
      const right = this.#timers[down + 1]
      if (right?.isBefore(child)) {
        child = right
        down += 1
      }
      if (!child.isBefore(timer)) break
      this.#place(child, at)
      at = down
    }
    this.#place(timer, at)
  }

  #place(timer: HeapTimer, at: number): void {
    this.#timers[at] = timer
    timer.position = at
  }
}
