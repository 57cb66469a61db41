import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Delivery } from '../../src/dispatch/delivery.js'
import type { OutcryEvent } from '../../src/events/event.js'

/** A delivery of numbered events; its step and strategy do not matter here. */
const deliveryOf = (count: number): Delivery =>
  new Delivery(
    undefined as never,
    undefined as never,
    Array.from({ length: count }, (_, sequence) => ({ sequence }) as OutcryEvent),
  )

/** The events still to be handled, in the order in which they will be. */
function remaining({ ranges, events }: Delivery): number[] {
  const order: number[] = []
  for (let top = ranges.length - 2; top >= 0; top -= 2) {
    for (let index = ranges[top] as number; index < (ranges[top + 1] as number); index += 1) {
      order.push((events[index] as OutcryEvent).sequence)
    }
  }
  return order
}

describe('skipping some events of a delivery', () => {
  it('leaves the others in their order, whatever is handled already and however the rest is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 30 }),
        fc.array(fc.nat(30), { maxLength: 6 }),
        fc.nat(30),
        (unwanted, cuts, handled) => {
          const count = unwanted.length
          const delivery = deliveryOf(count)
          const from = Math.min(handled, count)
          delivery.succeeded = from
          const bounds = [...new Set([from, ...cuts.filter((cut) => cut > from && cut < count), count])].sort(
            (a, b) => a - b,
          )
          delivery.ranges.length = 0
          for (let index = bounds.length - 1; index > 0; index -= 1) {
            delivery.ranges.push(bounds[index - 1] as number, bounds[index] as number)
          }
          const before = remaining(delivery)
          delivery.skipWhere(({ sequence }) => unwanted[sequence] === true)
          const kept = before.filter((sequence) => unwanted[sequence] !== true)
          expect(remaining(delivery)).toEqual(kept)
          expect(delivery.skipped).toBe(before.length - kept.length)
          expect(delivery.open).toBe(kept.length)
        },
      ),
    )
  })

  it('forgets the attempts on an event that is skipped, and no others', () => {
    for (const [unwanted, attempts] of [
      [0, 0],
      [2, 3],
    ] as const) {
      const delivery = deliveryOf(4)
      delivery.attempts = 3
      delivery.skipWhere(({ sequence }) => sequence === unwanted)
      expect(delivery.attempts).toBe(attempts)
    }
  })
})

describe('giving up what is left of a delivery', () => {
  it('knows which events were lost', () => {
    const delivery = deliveryOf(4)
    delivery.succeeded = 1
    delivery.ranges[0] = 1
    delivery.abandonOpen()
    expect(delivery.lost.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
    expect([delivery.abandoned, delivery.open]).toEqual([3, 0])
  })

  it('to its breaker counts no attempt, as there was none', () => {
    const delivery = deliveryOf(2)
    delivery.failOpen('breaker-open', new Error('open'))
    expect(delivery.failures.map(({ attempts }) => attempts)).toEqual([0, 0])
  })
})
