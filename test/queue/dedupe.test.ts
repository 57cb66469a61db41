import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DedupeTable } from '../../src/queue/dedupe.js'
import { RecentFilter } from '../../src/queue/recent-filter.js'

/** The window as a plain array, oldest first; a deleted id leaves a hole unless it is at the young end. */
class ReferenceWindow {
  ids: (string | undefined)[] = []
  readonly window: number

  constructor(window: number) {
    this.window = window
  }

  add(id: string): boolean {
    if (this.window > 0 && this.ids.includes(id)) return false
    this.ids.push(id)
    if (this.ids.length > this.window) this.ids.shift()
    return true
  }

  delete(id: string): boolean {
    const at = this.ids.indexOf(id)
    if (at === -1) return false
    this.ids[at] = undefined
    while (this.ids.length > 0 && this.ids.at(-1) === undefined) this.ids.pop()
    return true
  }

  get size(): number {
    return this.ids.filter((id) => id !== undefined).length
  }
}

// Few distinct ids, so that they meet: short ones, ones that differ only in a trailing NUL, long ones, wide ones.
const someId = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((n) => `v${n}`),
  fc.constantFrom('', '\0', '\0\0', 'a', 'a\0', 'ab', 'abc', 'abcd', 'abcd\0', 'é', 'ÿ', 'ā', '日本', '\ud800'),
  fc.integer({ min: 0, max: 9 }).map((n) => `0190f3a2-7b1c-7def-8a9b-0c1d2e3f405${n}`),
  fc.integer({ min: 0, max: 9 }).map((n) => `${n}${'x'.repeat(60)}`),
)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), id: someId }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), id: someId }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('has' as const), id: someId }) },
)

describe('the filter of recent hashes', () => {
  it('never denies a hash of this generation or the one before, and denies nearly all others', () => {
    const filter = new RecentFilter(1_000)
    const hash = (n: number): number => Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) ^ (n << 7)
    for (let n = 0; n < 5_000; n += 1) {
      if (n % 1_000 === 0) filter.turn()
      filter.add(hash(n))
    }
    const known = (from: number): number => {
      let count = 0
      for (let n = from; n < from + 1_000; n += 1) if (filter.mayHave(hash(n))) count += 1
      return count
    }
    expect([known(3_000), known(4_000)]).toEqual([1_000, 1_000])
    expect(known(2_000)).toBeLessThan(250)
    filter.clear()
    expect(known(4_000)).toBe(0)
  })
})

describe('the dedupe table', () => {
  it('behaves like a plain window under any sequence of add, delete and has (row 3471)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 0, max: 20 }), (steps, window) => {
        const table = new DedupeTable(window)
        const model = new ReferenceWindow(window)
        for (const s of steps) {
          if (s.do === 'add') expect(table.add(s.id)).toBe(model.add(s.id))
          else if (s.do === 'delete') expect(table.delete(s.id)).toBe(model.delete(s.id))
          else expect(table.has(s.id)).toBe(model.ids.includes(s.id))
          expect(table.size).toBe(model.size)
        }
        for (const id of model.ids) if (id !== undefined) expect(table.has(id)).toBe(true)
        table.clear()
        expect(table.size).toBe(0)
        for (const id of model.ids) if (id !== undefined) expect(table.has(id)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  it('forgets the oldest first, and a duplicate does not make an id younger', () => {
    const table = new DedupeTable(3)
    for (const id of ['a', 'b', 'c']) expect(table.add(id)).toBe(true)
    expect(table.add('a')).toBe(false)
    expect(table.add('d')).toBe(true)
    expect(['a', 'b', 'c', 'd'].map((id) => table.has(id))).toEqual([false, true, true, true])
  })

  it('cases: lets an id in again whose apply failed, and loses no other id by that', () => {
    const table = new DedupeTable(3)
    table.add('a')
    table.add('b')
    for (const id of ['x', 'y', 'z', 'x']) {
      expect(table.add(id)).toBe(true)
      expect(table.delete(id)).toBe(true)
      expect(table.delete(id)).toBe(false)
    }
    expect([table.has('a'), table.has('b'), table.has('x'), table.size]).toEqual([true, true, false, 2])
    expect(table.add('x')).toBe(true)
    expect(table.add('x')).toBe(false)
  })

  it('takes a whole batch back in any order without shortening the window', () => {
    for (const order of [
      ['p', 'q', 'r'],
      ['r', 'q', 'p'],
      ['q', 'p', 'r'],
    ]) {
      const table = new DedupeTable(5)
      table.add('a')
      table.add('b')
      for (const id of ['p', 'q', 'r']) table.add(id)
      for (const id of order) table.delete(id)
      for (const id of ['c', 'd', 'e']) expect(table.add(id)).toBe(true)
      expect(['a', 'b', 'c', 'd', 'e'].every((id) => table.has(id))).toBe(true)
    }
  })

  it('remembers an id however often others are added after it and taken back', () => {
    for (const before of [0, 2, 7, 8]) {
      const table = new DedupeTable(8)
      for (let n = 0; n < before; n += 1) table.add(`b${n}`)
      table.add('a')
      for (let n = 0; n < 100; n += 1) {
        expect(table.add(`x${n}`)).toBe(true)
        expect(table.delete(`x${n}`)).toBe(true)
      }
      expect(table.add('a')).toBe(false)
    }
  })

  it('finds an id wherever others have pushed its place, in every lap of the ring', () => {
    const table = new DedupeTable(500)
    const ids: string[] = []
    for (let n = 0; n < 5_000; n += 1) {
      ids.push(`id-${n}`)
      table.add(`id-${n}`)
      if (n % 97 !== 0) continue
      const remembered = ids.slice(-500)
      expect(remembered.filter((id) => !table.has(id))).toEqual([])
      expect(ids.slice(-1_000, -500).filter((id) => table.has(id))).toEqual([])
    }
  })

  it('compares by the id and by nothing else', () => {
    const table = new DedupeTable(10)
    expect(table.add('52983525027889')).toBe(true)
    expect(table.add('52983525027890')).toBe(true)
    expect(table.add(['529835', '25027889'].join(''))).toBe(false)
    expect(table.add('x'.repeat(36))).toBe(true)
    expect(table.add('x'.repeat(37))).toBe(true)
    expect(table.add('x'.repeat(37))).toBe(false)
  })

  it('does not take wide characters for the bytes that their low halves are', () => {
    const table = new DedupeTable(10)
    expect(table.add('\u0001a')).toBe(true)
    expect(table.add('\u0101a')).toBe(true)
    expect(table.add('\u0101a')).toBe(false)
    expect(table.delete('\u0001a')).toBe(true)
    expect(table.has('\u0101a')).toBe(true)
  })

  it('remembers nothing when its window is 0', () => {
    const table = new DedupeTable(0)
    expect([table.add('a'), table.add('a'), table.has('a'), table.delete('a'), table.size]).toEqual([
      true,
      true,
      false,
      false,
      0,
    ])
  })

  it('says which option is out of range, with the value', () => {
    expect(() => new DedupeTable(-1)).toThrow(/dedupe\.window .*-1/)
    expect(() => new DedupeTable(1.5)).toThrow(expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID' }))
  })

  it('takes 10 million ids in bounded memory, finds every duplicate inside its window and no other (row 3471)', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const window = 65_536
    const table = new DedupeTable(window)
    const { bytes } = table
    const id = (n: number): string => `${(n * 2_654_435_761) % 4_294_967_296}-${n}`
    let falsePositives = 0
    let missed = 0
    let heap = 0
    for (let n = 0; n < 10_000_000; n += 1) {
      if (!table.add(id(n))) falsePositives += 1
      // The youngest, the very oldest, and one between.
      if (n % 64 === 0 && n >= window) {
        if (table.add(id(n - window + 1)) || table.add(id(n)) || table.add(id(n - (n % window)))) missed += 1
        if (table.has(id(n - window))) falsePositives += 1
      }
      if (n === 1_000_000) {
        collect()
        heap = process.memoryUsage().heapUsed
      }
    }
    collect()
    expect({ falsePositives, missed, size: table.size }).toEqual({ falsePositives: 0, missed: 0, size: window })
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(1_000_000)
    expect(table.bytes).toBe(bytes)
    expect(bytes).toBeLessThan(5_100_000)
  }, 300_000)
})
