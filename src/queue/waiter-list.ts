/** A publisher that waits for room. One of its callbacks ends its wait, and then it is forgotten. */
export interface WaiterEntry {
  /** 0 critical, 1 high, 2 normal, 3 low. */
  readonly lane: number
  /** There may be room: takes it in this same step, or answers false to wait on at the front of its lane. */
  onRoom(): boolean
  onTimeout(): void
  onStop(reason: string): void
}

/** A waiter with its links: in the list of its lane, and in the heap of deadlines. */
export class Waiter {
  readonly entry: WaiterEntry
  /** Milliseconds on the machine's clock. */
  readonly deadline: number
  /** Who came earlier has the smaller one: it breaks ties between deadlines. */
  readonly order: number
  previous: Waiter | undefined
  next: Waiter | undefined
  /** Its index in the heap of deadlines. */
  place = -1

  constructor(entry: WaiterEntry, deadline: number, order: number) {
    this.entry = entry
    this.deadline = deadline
    this.order = order
  }
}

/** The waiters of one lane in order of arrival; any of them can be taken out at once. */
export class WaiterList {
  size = 0
  first: Waiter | undefined
  #last: Waiter | undefined

  append(waiter: Waiter): void {
    waiter.previous = this.#last
    if (this.#last === undefined) this.first = waiter
    else this.#last.next = waiter
    this.#last = waiter
    this.size += 1
  }

  prepend(waiter: Waiter): void {
    waiter.next = this.first
    if (this.first === undefined) this.#last = waiter
    else this.first.previous = waiter
    this.first = waiter
    this.size += 1
  }

  remove(waiter: Waiter): void {
    if (waiter.previous === undefined) this.first = waiter.next
    else waiter.previous.next = waiter.next
    if (waiter.next === undefined) this.#last = waiter.previous
    else waiter.next.previous = waiter.previous
    waiter.previous = undefined
    waiter.next = undefined
    this.size -= 1
  }
}

/** All waiters by deadline, then by arrival: a binary heap from which any of them can be taken out. */
export class DeadlineHeap {
  readonly #waiters: Waiter[] = []

  earliest(): Waiter | undefined {
    return this.#waiters[0]
  }

  add(waiter: Waiter): void {
    this.#waiters.push(waiter)
    this.#rise(waiter, this.#waiters.length - 1)
  }

  remove(waiter: Waiter): void {
    const { place } = waiter
    const last = this.#waiters.pop()
    waiter.place = -1
    if (last === undefined || last === waiter) return
    this.#rise(last, place)
    this.#sink(last, last.place)
  }

  #put(waiter: Waiter, place: number): void {
    this.#waiters[place] = waiter
    waiter.place = place
  }

  #rise(waiter: Waiter, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.#waiters[above]
      if (other === undefined || !before(waiter, other)) break
      this.#put(other, place)
      place = above
    }
    this.#put(waiter, place)
  }

  #sink(waiter: Waiter, from: number): void {
    let place = from
    for (;;) {
      let below = place * 2 + 1
      let other = this.#waiters[below]
      const right = this.#waiters[below + 1]
      if (other !== undefined && right !== undefined && before(right, other)) {
        other = right
        below += 1
      }
      if (other === undefined || !before(other, waiter)) break
      this.#put(other, place)
      place = below
    }
    this.#put(waiter, place)
  }
}

const before = (a: Waiter, b: Waiter): boolean =>
  a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order)
