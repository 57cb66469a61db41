import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fnv1a, partitionOf, SymbolTable } from '../../src/queue/partition.js'

it('hashes by FNV-1a, as its authors published it', () => {
  expect(fnv1a('')).toBe(0x811c9dc5)
  expect(fnv1a('a')).toBe(0xe40c292c)
  expect(fnv1a('foobar')).toBe(0xbf9cf968)
})

const anyKey = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))

it('puts every key into a partition that exists, and always into the same', () => {
  fc.assert(
    fc.property(anyKey, fc.integer({ min: 1, max: 65_536 }), (key, partitions) => {
      const partition = partitionOf(key, partitions)
      expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true)
      expect(new SymbolTable(partitions).get(key).partition).toBe(partition)
    }),
  )
})

it('spreads symbols over the partitions', () => {
  const counts = new Array<number>(64).fill(0)
  for (let i = 0; i < 6_400; i += 1) {
    const partition = partitionOf(`SYM${i}`, 64)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(50)
  expect(Math.max(...counts)).toBeLessThan(200)
})

it('answers the same entry while it is remembered, and shares its list', () => {
  const table = new SymbolTable(64)
  const entry = table.get('AAPL')
  expect(entry.list).toEqual(['AAPL'])
  expect(table.get('AAPL')).toBe(entry)
})

it('never holds more than its bound, keeps what is asked for again, and counts what it forgets', () => {
  const table = new SymbolTable(64, 100)
  const hot = table.get('HOT')
  let changed = 0
  let largest = 0
  for (let i = 0; i < 10_000; i += 1) {
    table.get(`S${i}`)
    if (table.get('HOT') !== hot) changed += 1
    largest = Math.max(largest, table.size)
  }
  expect(changed).toBe(0)
  expect(largest).toBeLessThanOrEqual(100)
  expect(table.size + table.forgotten).toBe(10_001)
  expect(table.get('S3')).toEqual({ partition: partitionOf('S3', 64), list: ['S3'] })
})
