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

/** What a feed of counted ids may do next: go on, skip some, go back, begin again, or take one of its last back. */
const move = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('go on' as const), by: fc.constant(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('go on' as const), by: fc.integer({ min: 2, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), by: fc.integer({ min: 0, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('begin' as const), by: fc.integer({ min: 0, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), by: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stray' as const), by: fc.integer({ min: 0, max: 99 }) }) },
)
const moves = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), move), { minLength: 20, maxLength: 600 })
const FEEDS = ['tape:', '', 'wire-7/', 'T']

/** Plays the moves of four feeds, whose ids count, on a table and on the model. */
const playFeeds = (
  table: DedupeTable,
  model: ReferenceWindow,
  played: readonly (readonly [number, { do: string; by: number }])[],
) => {
  const at = FEEDS.map(() => 0)
  for (const [feed, { do: what, by }] of played) {
    const number = at[feed] ?? 0
    const id = (n: number): string => `${FEEDS[feed]}${Math.max(0, n)}`
    if (what === 'delete') expect(table.delete(id(number - by))).toBe(model.delete(id(number - by)))
    else if (what === 'repeat') {
      expect(table.has(id(number - by))).toBe(model.ids.includes(id(number - by)))
      expect(table.add(id(number - by))).toBe(model.add(id(number - by)))
    } else if (what === 'stray') expect(table.add(`${by}-stray-of-${feed}x`)).toBe(model.add(`${by}-stray-of-${feed}x`))
    else {
      at[feed] = what === 'begin' ? by : number + by
      expect(table.add(id(at[feed] ?? 0))).toBe(model.add(id(at[feed] ?? 0)))
    }
    expect(table.size).toBe(model.size)
  }
  for (const feed of FEEDS) {
    for (let n = 0; n < 700; n += 1) expect(table.has(`${feed}${n}`)).toBe(model.ids.includes(`${feed}${n}`))
  }
}

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

  it('behaves like a plain window for feeds whose ids count, with gaps, repeats, new beginnings and deletions', () => {
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 90 }), (played, window) => {
        playFeeds(new DedupeTable(window), new ReferenceWindow(window), played)
      }),
      { numRuns: 150, seed: 1 },
    )
  })

  it('takes no id for another when its positions are numbered from 0 again', () => {
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 2, max: 4 }), (played, window, laps) => {
        playFeeds(new DedupeTable(window, laps), new ReferenceWindow(window), played)
      }),
      { numRuns: 150, seed: 1 },
    )
  })

  it('remembers an id that was written down once while counted ones go round the ring, and no longer', () => {
    const table = new DedupeTable(6, 2)
    expect(table.add('a uuid')).toBe(true)
    for (let n = 0; n < 3_000; n += 1) {
      expect(table.add(n % 7 === 3 ? `stray ${n}x` : `tape:${n}`)).toBe(true)
      expect(table.has('a uuid')).toBe(n < 5)
    }
  })

  it('finds an id that came before its turn, when those before it have come', () => {
    const table = new DedupeTable(1_000)
    for (const n of [10, 1, 2, 3, 4, 5, 6, 7, 8, 9]) expect(table.add(`tape:${n}`)).toBe(true)
    expect(table.add('tape:10')).toBe(false)
    for (const n of [11, 12, 20]) expect(table.add(`tape:${n}`)).toBe(true)
    for (let n = 13; n < 20; n += 1) expect(table.add(`tape:${n}`)).toBe(true)
    expect([table.add('tape:20'), table.add('tape:21')]).toEqual([false, true])
  })

  it('finds an id that it had not looked at, as none of a window had counted', () => {
    for (const late of [300, 400, 511, 520, 600]) {
      const table = new DedupeTable(250)
      for (let n = 0; n < late; n += 1) expect(table.add(`${n} is a stray x`)).toBe(true)
      expect(table.add('tape:60')).toBe(true)
      for (let n = 0; n < 60; n += 1) expect(table.add(`tape:${n}`)).toBe(true)
      expect(table.add('tape:60')).toBe(false)
      for (let n = 61; n < 400; n += 1) expect(table.add(`tape:${n}`)).toBe(true)
      expect(table.has('tape:150')).toBe(true)
      expect(table.has('tape:149')).toBe(false)
    }
  })

  it('forgets counted ids in their turn, one by one', () => {
    const table = new DedupeTable(1_000)
    for (let n = 0; n < 100_000; n += 1) expect(table.add(`tape:${n}`)).toBe(true)
    expect([table.size, table.has('tape:98999'), table.has('tape:99000'), table.add('tape:99999')]).toEqual([
      1_000,
      false,
      true,
      false,
    ])
  })

  it('does not mix what looks like a number with what is one', () => {
    const table = new DedupeTable(100)
    const ids = [
      't:7',
      't:8',
      't:9',
      't:09',
      't:009',
      't:10',
      't:1e1',
      't:+10',
      't:10 ',
      't:10.0',
      't:0x10',
      't:',
      't',
      '9',
      '09',
    ]
    const beyond = Array.from({ length: 9 }, (_, n) => `900719925474099${n}`)
    const long = [...beyond, '999999999999998', '999999999999999', '1000000000000000', '1000000000000001']
    for (const id of ['1', '2', '3', ...ids, ...long]) expect(table.add(id)).toBe(true)
    for (const id of [...ids, ...long]) expect(table.add(id)).toBe(false)
  })

  it('knows more prefixes than it keeps, and lets those go of which nothing is remembered', () => {
    const table = new DedupeTable(5_000)
    for (let round = 0; round < 3; round += 1) {
      for (let feed = 0; feed < 1_500; feed += 1) {
        for (let n = 0; n < 3; n += 1) expect(table.add(`${round}/${feed}:${n}`)).toBe(true)
        expect(table.add(`${round}/${feed}:1`)).toBe(false)
      }
      for (let feed = 0; feed < 1_500; feed += 1) {
        for (let n = 0; n < 3; n += 1) expect(table.add(`${round}/${feed}:${n}`)).toBe(false)
      }
    }
    expect(table.size).toBe(5_000)
  })

  it('keeps a prefix for as long as anything of it is remembered', () => {
    const table = new DedupeTable(8_000)
    const others = (kind: string): void => {
      for (let feed = 0; feed < 1_100; feed += 1) {
        for (let n = 0; n < 2; n += 1) expect(table.add(`${kind}${feed}:${n}`)).toBe(true)
      }
    }
    for (let n = 0; n < 8_000; n += 1) expect(table.add(`tape:${n}`)).toBe(true)
    for (const n of [5, 6]) expect(table.add(`wire:${n}`)).toBe(true)
    others('a')
    others('b')
    for (const n of [4_402, 6_000, 7_999]) expect(table.add(`tape:${n}`)).toBe(false)
    for (const n of [1, 2, 3, 4]) expect(table.add(`wire:${n}`)).toBe(true)
    for (const n of [5, 6]) expect(table.add(`wire:${n}`)).toBe(false)
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
