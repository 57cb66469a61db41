import type { FeedItem } from './feed.js'
import { BATCH_ITEMS } from './files.js'
import type { TimedBatch } from './timed.js'

/** One input of a merge: the batch it stands in, and where. */
class Cursor {
  time = Number.NEGATIVE_INFINITY
  /** Of two equal times, that of the lower order goes first. */
  readonly order: number
  readonly input: AsyncIterator<TimedBatch>
  #batch: TimedBatch | undefined
  #index = 0

  constructor(order: number, input: AsyncIterator<TimedBatch>) {
    this.order = order
    this.input = input
  }

  /** Pulls batches until there is an item; false at the end. */
  async fill(): Promise<boolean> {
    for (;;) {
      const result = await this.input.next()
      if (result.done === true) return false
      if (result.value.items.length === 0) continue
      this.#batch = result.value
      this.#index = 0
      this.time = result.value.times[0] ?? this.time
      return true
    }
  }

  get item(): FeedItem | undefined {
    return this.#batch?.items[this.#index]
  }

  /** Goes on within the batch; false when it is used up and must be filled. */
  step(): boolean {
    this.#index += 1
    const time = this.#batch?.times[this.#index]
    if (time === undefined) return false
    this.time = time
    return true
  }
}

const before = (a: Cursor, b: Cursor): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)

/** Moves the cursor at `index` down a binary heap to where it belongs. */
function sink(heap: Cursor[], index: number): void {
  const cursor = heap[index]
  if (cursor === undefined) return
  let at = index
  for (;;) {
    let child = 2 * at + 1
    let least = heap[child]
    const right = heap[child + 1]
    if (least === undefined) break
    if (right !== undefined && before(right, least)) {
      child += 1
      least = right
    }
    if (!before(least, cursor)) break
    heap[at] = least
    at = child
  }
  heap[at] = cursor
}

function removeTop(heap: Cursor[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  heap[0] = last
  sink(heap, 0)
}

/**
 * Merges inputs by (time, order of the inputs, order within the input). Each input is pulled one
 * batch at a time and only when its last one is used up; an input that is itself out of order is
 * merged by its head, and none of it is lost. However the merge ends, all inputs are closed.
 */
export async function* mergeSorted(inputs: readonly AsyncIterable<TimedBatch>[]): AsyncGenerator<TimedBatch> {
  const cursors = inputs.map((input, order) => new Cursor(order, input[Symbol.asyncIterator]()))
  try {
    const filled = await Promise.all(cursors.map((cursor) => cursor.fill()))
    const heap = cursors.filter((_, i) => filled[i] === true)
    for (let i = (heap.length >> 1) - 1; i >= 0; i -= 1) sink(heap, i)

    let items: FeedItem[] = []
    let times = new Float64Array(BATCH_ITEMS)
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      // A cursor in the heap always has an item, be it one that a dirty feed gave as undefined.
      times[items.length] = top.time
      items.push(top.item as FeedItem)
      if (top.step() || (await top.fill())) sink(heap, 0)
      else removeTop(heap)
      if (items.length < BATCH_ITEMS) continue
      yield { times, items }
      items = []
      times = new Float64Array(BATCH_ITEMS)
    }
    if (items.length > 0) yield { times: times.subarray(0, items.length), items }
  } finally {
    // An error while closing must not hide the reason why the merge ends.
    await Promise.allSettled(cursors.map((cursor) => cursor.input.return?.()))
  }
}
