import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeapTimer, TimerHeap } from '../../src/environment/timer-heap.js'

const nothing = (): void => {}

describe('TimerHeap', () => {
  it('behaves like a sorted list under any pushes, pops and removals', () => {
    const command = fc.oneof(
      fc.record({ do: fc.constant('push' as const), value: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ do: fc.constant('pop' as const), value: fc.constant(0) }),
      fc.record({ do: fc.constant('remove' as const), value: fc.nat(50) }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const heap = new TimerHeap()
        const model: HeapTimer[] = []
        const all: HeapTimer[] = []
        for (const { do: what, value } of commands) {
          if (what === 'push') {
            const timer = new HeapTimer(value, all.length, nothing)
            heap.push(timer)
            all.push(timer)
            model.push(timer)
            model.sort((a, b) => a.deadline - b.deadline || a.sequence - b.sequence)
          } else if (what === 'pop') {
            expect(heap.pop()).toBe(model.shift())
          } else {
            const timer = all[value]
            if (timer === undefined) continue
            const at = model.indexOf(timer)
            expect(heap.remove(timer)).toBe(at >= 0)
            if (at >= 0) model.splice(at, 1)
          }
          expect(heap.size).toBe(model.length)
          expect(heap.peek()).toBe(model[0])
        }
      }),
    )
  })

  it('keeps its order when the last timer fills the place of a removed one that is due later', () => {
    // Removing 20 puts 4, from the other side of the heap, below 10: it has to rise, not to sink.
    const heap = new TimerHeap()
    const timers = [1, 10, 2, 20, 30, 3, 4].map((deadline, sequence) => new HeapTimer(deadline, sequence, nothing))
    for (const timer of timers) heap.push(timer)
    expect(timers.map((timer) => timer.position)).toEqual([0, 1, 2, 3, 4, 5, 6])
    heap.remove(timers[3] as HeapTimer)
    const order: number[] = []
    for (let timer = heap.pop(); timer !== undefined; timer = heap.pop()) order.push(timer.deadline)
    expect(order).toEqual([1, 2, 3, 4, 10, 30])
  })

  it('does not take out the timer of another heap that has the same position', () => {
    const [one, other] = [new TimerHeap(), new TimerHeap()]
    const timer = new HeapTimer(1, 1, nothing)
    one.push(timer)
    other.push(new HeapTimer(2, 2, nothing))
    expect(other.remove(timer)).toBe(false)
    expect([one.size, other.size]).toEqual([1, 1])
  })

  it('keeps nothing of timers that are set and cleared again and again', () => {
    const heap = new TimerHeap()
    heap.push(new HeapTimer(5, 0, nothing))
    for (let round = 1; round <= 100_000; round += 1) {
      const timer = new HeapTimer(round % 10, round, nothing)
      heap.push(timer)
      heap.remove(timer)
    }
    expect(heap.size).toBe(1)
  })
})
