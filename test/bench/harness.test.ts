import { describe, expect, it } from 'vitest'
import { median, quantile } from '../../bench/harness/statistics.js'
import { grouped, table } from '../../bench/harness/table.js'
import { Book } from '../../bench/load/book.js'
import { RecentIds } from '../../bench/load/recent-ids.js'

describe('the statistics of the benchmark', () => {
  it('takes the middle value, whatever the order, and leaves its input as it was', () => {
    const values = [9, 1, 5]
    expect(median(values)).toBe(5)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(values).toEqual([9, 1, 5])
  })

  it('takes quantiles that were measured', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at)
    expect([0, 0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 99, 100])
    expect(quantile([7], 0.99)).toBe(7)
  })

  it('has no figure for no values', () => {
    expect(median([])).toBeNaN()
    expect(quantile([], 0.5)).toBeNaN()
  })
})

describe('the table of the benchmark', () => {
  it('aligns figures to the right and words to the left', () => {
    const columns = [
      { title: 'who', align: 'left' },
      { title: 'events/s', align: 'right' },
    ] as const
    const rows = [
      ['engine', grouped(1_234_567.8)],
      ['a loop', grouped(12)],
    ]
    expect(table(columns, rows)).toEqual([
      'who      events/s',
      '──────  ─────────',
      'engine  1,234,568',
      'a loop         12',
    ])
  })

  it('groups by thousands, whatever the locale', () => {
    expect([0, 999, 1_000, 26_683, 1e9].map(grouped)).toEqual(['0', '999', '1,000', '26,683', '1,000,000,000'])
  })
})

describe('the check of deliveries', () => {
  const trade = (symbol: string, price: number) => ({ type: 'trade', symbol, payload: { price, size: 1 } })
  const sum = (events: readonly ReturnType<typeof trade>[]): number => {
    const book = new Book(3)
    for (const event of events) book.handle(event)
    return book.checksum()
  }
  const [first, second, other] = [trade('SYM01', 10), trade('SYM01', 11), trade('SYM02', 10)]

  it('finds a lost, a doubled and a misplaced delivery', () => {
    const right = sum([first, second, other])
    expect(sum([first, second])).not.toBe(right)
    expect(sum([first, second, second, other])).not.toBe(right)
    expect(sum([second, first, other])).not.toBe(right)
    expect(sum([first, trade('SYM01', 11.01), other])).not.toBe(right)
  })

  it('does not mind how the symbols are interleaved', () => {
    expect(sum([other, first, second])).toBe(sum([first, second, other]))
  })
})

describe('the dedupe that the peers are given', () => {
  it('knows an id again as long as it is among the last 65,536', () => {
    const recent = new RecentIds()
    expect([recent.add('a'), recent.add('a')]).toEqual([true, false])
    for (let at = 0; at < 65_536; at += 1) recent.add(String(at))
    expect(recent.add('a')).toBe(true)
  })
})
