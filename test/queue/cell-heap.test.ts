import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CellHeap } from '../../src/queue/cell-heap.js'

const CELLS = 40

const step = fc.record({ cell: fc.integer({ min: 0, max: CELLS - 1 }), key: fc.integer({ min: 0, max: 1_000 }) })

it('has the cell with the oldest event on top after any sequence of adding, removing and growing, past 2^31 too', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 300 }), fc.constantFrom(0, 0x7fffff00), (steps, start) => {
      const keys = new Int32Array(CELLS)
      const heap = new CellHeap(keys, new Int32Array(CELLS))
      const model = new Map<number, number>()
      for (const [index, { cell, key }] of steps.entries()) {
        // Keys are positions in one ring, so no two are equal.
        const position = start + key * 300 + index
        const known = model.get(cell)
        if (known !== undefined && position < known) {
          model.delete(cell)
          heap.remove(cell)
        } else {
          keys[cell] = position | 0
          model.set(cell, position)
          if (known === undefined) heap.add(cell)
          else heap.grown(cell)
        }
        const oldest = [...model].sort((a, b) => a[1] - b[1])[0]
        expect(heap.count).toBe(model.size)
        expect(heap.top()).toBe(oldest === undefined ? -1 : oldest[0])
      }
    }),
    { numRuns: 200 },
  )
})
