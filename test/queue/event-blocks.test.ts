import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutcryEvent } from '../../src/events/event.js'
import { EventBlocks } from '../../src/queue/event-blocks.js'
import { eventOf } from './helpers.js'

type Step = { readonly do: 'push' | 'take' | 'shift' | 'replace' | 'look'; readonly by: number }

const steps = fc.array(
  fc.record({ do: fc.constantFrom('push', 'push', 'take', 'shift', 'replace', 'look'), by: fc.nat(700) }),
  { minLength: 1, maxLength: 60 },
) as fc.Arbitrary<Step[]>

/** What is asked of the blocks after each step is what a plain array would answer. */
function play(position: number, played: readonly Step[]): void {
  const blocks = new EventBlocks(position)
  let expected: { sequence: number; tag: number }[] = []
  let sequence = 0
  const first = (): number => blocks.head
  for (const step of played) {
    if (step.do === 'push') {
      for (let i = 0; i < step.by; i += 1) {
        sequence += 1
        blocks.push(eventOf(sequence), sequence % 97)
        expected.push({ sequence, tag: sequence % 97 })
      }
    } else if (step.do === 'take') {
      const tags = new Int32Array(step.by)
      const taken = blocks.take(step.by, tags)
      const due = expected.slice(0, step.by)
      expected = expected.slice(step.by)
      expect(taken.map(({ sequence: number }) => number)).toEqual(due.map(({ sequence: number }) => number))
      expect([...tags.subarray(0, taken.length)]).toEqual(due.map(({ tag }) => tag))
      blocks.trim()
    } else if (step.do === 'shift') {
      expect(blocks.headTag()).toBe(expected.length === 0 ? blocks.headTag() : expected[0]?.tag)
      expect(blocks.shift()?.sequence).toBe(expected.shift()?.sequence)
    } else if (step.do === 'replace' && expected.length > 0) {
      const at = step.by % expected.length
      sequence += 1
      blocks.replace((first() + at) | 0, eventOf(sequence))
      expected[at] = { sequence, tag: expected[at]?.tag ?? 0 }
    }
    expect(blocks.count).toBe(expected.length)
    const at = step.by % (expected.length + 2)
    expect(blocks.at((first() + at) | 0)?.sequence).toBe(expected[at]?.sequence)
    expect(blocks.at((first() - 1) | 0)).toBeUndefined()
  }
  const seen: number[] = []
  blocks.forEach((event) => void seen.push(event.sequence))
  expect(seen).toEqual(expected.map(({ sequence: number }) => number))
}

describe('blocks of events', () => {
  it('answer as an array would, from any position on, beyond 2^31 too', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 255, 256, 0x7fffff00, 0x7ffffff3, -5, -256), steps, (position, played) =>
        play(position, played),
      ),
      { seed: 20_261_127, numRuns: 300 },
    )
  })

  it('keep a place for every event however the oldest stands in its block when the table is full', () => {
    for (const gone of [0, 1, 128, 255]) {
      const by = (number: number, what: Step['do']): Step => ({ do: what, by: number })
      play(0, [
        by(gone, 'push'),
        by(gone, 'take'),
        by(256 - gone, 'push'),
        by(1, 'push'),
        by(700, 'push'),
        by(700, 'take'),
      ])
      play(0, [by(600, 'push'), by(gone, 'take'), by(700, 'push'), by(700, 'push'), by(700, 'push'), by(600, 'take')])
    }
  })

  it('do not use a block again that they have given away', () => {
    const blocks = new EventBlocks()
    for (let i = 1; i <= 256; i += 1) blocks.push(eventOf(i), 0)
    const first = blocks.take(256, new Int32Array(256))
    for (let i = 257; i <= 600; i += 1) blocks.push(eventOf(i), 0)
    expect(first.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 256 }, (_, i) => i + 1))
  })

  it('hold on to no event that they have given away', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    for (const [pushed, shifted, taken] of [
      [256, 0, 256],
      [300, 0, 300],
      [300, 3, 20],
      [300, 256, 3],
    ] as const) {
      const blocks = new EventBlocks()
      const given: WeakRef<OutcryEvent>[] = []
      const fill = (): void => {
        for (let i = 1; i <= pushed; i += 1) {
          const event = eventOf(i)
          if (i <= shifted + taken) given.push(new WeakRef(event))
          blocks.push(event, 0)
        }
      }
      const empty = (): void => {
        for (let i = 0; i < shifted; i += 1) blocks.shift()
        blocks.take(taken, new Int32Array(taken))
      }
      fill()
      empty()
      // A WeakRef holds what it was made of until the present job is over.
      await new Promise<void>((resolve) => setImmediate(resolve))
      collect()
      expect(given.filter((event) => event.deref() !== undefined)).toEqual([])
      expect(blocks.count).toBe(pushed - shifted - taken)
    }
  })

  it('keep what is left of a burst, however it lies in its blocks, when they give memory back', () => {
    for (const [gone, left] of [
      [8_959, 2],
      [8_961, 255],
      [9_000, 500],
      [8_960, 256],
    ] as const) {
      const blocks = new EventBlocks()
      for (let i = 1; i <= gone + left; i += 1) blocks.push(eventOf(i), i)
      blocks.take(gone, new Int32Array(gone))
      blocks.trim()
      expect(blocks.size).toBe(4_096)
      const tags = new Int32Array(left)
      const due = Array.from({ length: left }, (_, i) => gone + i + 1)
      expect(blocks.take(left, tags).map(({ sequence }) => sequence)).toEqual(due)
      expect([...tags]).toEqual(due)
    }
  })

  it('give the memory of a burst back', () => {
    const blocks = new EventBlocks()
    for (let i = 1; i <= 100_000; i += 1) blocks.push(eventOf(i), 0)
    expect(blocks.size).toBeGreaterThanOrEqual(100_000)
    while (blocks.count > 100) {
      blocks.take(256, new Int32Array(256))
      blocks.trim()
    }
    expect(blocks.size).toBe(4_096)
  })
})
