import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StrategyRuntime } from '../../src/dispatch/runtime.js'
import { Slots } from '../../src/dispatch/slots.js'

/** All that slots know of a strategy. */
const strategy = () => ({ calls: 0, pending: false, release: undefined }) as unknown as StrategyRuntime

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('slots', () => {
  it('a free one is taken at once, and given back at once', () => {
    const slots = new Slots(3)
    const one = strategy()
    expect(slots.take(one)).toBe(true)
    expect(slots.held).toBe(1)
    slots.release(one)
    slots.release(one)
    expect(slots.held).toBe(0)
  })

  it('the last one is given out in line, and so are all where there is but one', async () => {
    for (const bound of [1, 2, 3]) {
      const slots = new Slots(bound)
      const begun: StrategyRuntime[] = []
      for (let more = 0; more < bound + 2; more += 1) {
        const next = strategy()
        if (slots.take(next)) begun.push(next)
        else slots.start(next, () => begun.push(next) > 0)
      }
      await settle()
      expect([begun.length, slots.full]).toEqual([bound, true])
      for (let ended = 0; ended < bound + 2; ended += 1) {
        slots.release(begun[ended] as StrategyRuntime)
        await settle()
      }
      expect(begun.length).toBe(bound + 2)
    }
  })

  it('never more are held than there are, those in line keep their order, and all come to their turn (row 3453)', async () => {
    const steps = fc.array(fc.constantFrom('call', 'call', 'end first', 'end last', 'settle'), { maxLength: 80 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), steps, async (bound, taken) => {
        const slots = new Slots(bound)
        const running: StrategyRuntime[] = []
        const turns: number[] = []
        let inLine = 0
        const call = (): void => {
          const next = strategy()
          if (slots.take(next)) {
            running.push(next)
            return
          }
          const number = inLine
          inLine += 1
          slots.start(next, () => {
            turns.push(number)
            running.push(next)
            return true
          })
        }
        const end = (which: StrategyRuntime | undefined): void => {
          if (which !== undefined) slots.release(which)
        }
        for (const step of taken) {
          if (step === 'call') call()
          else if (step === 'end first') end(running.shift())
          else if (step === 'end last') end(running.pop())
          else await settle()
          expect(running.length).toBeLessThanOrEqual(bound)
          expect(slots.held).toBeGreaterThanOrEqual(running.length)
        }
        while (running.length > 0 || turns.length < inLine) {
          end(running.shift())
          await settle()
          expect(running.length).toBeLessThanOrEqual(bound)
        }
        await settle()
        expect(turns).toEqual(Array.from({ length: inLine }, (_, number) => number))
        expect(slots.held).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
