import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** The row's numbers, and each file that holds it with words of a title. */
const ROWS = text('docs/requirements.md')
  .split('\n')
  .filter((line) => /^\| (\d{4}|testing|monitoring)/.test(line))
  .map((line) => {
    const [numbers = '', , held = ''] = line.slice(2).split(' | ')
    const holders = [...held.matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, path = '', title = '']) => ({ path, title }))
    return { numbers: numbers.split(', '), holders }
  })

/** Rows that other parts of the product are to answer. */
const ELSEWHERE = ['3474', '3479']

describe('docs/requirements.md', () => {
  it('has a line for every row', () => {
    const numbers = ROWS.flatMap((row) => row.numbers)
    expect(new Set(numbers).size).toBe(numbers.length)
    const asked = Array.from({ length: 3_488 - 3_451 + 1 }, (_, index) => String(3_451 + index))
    expect([...numbers, ...ELSEWHERE].sort()).toEqual([...asked, 'monitoring', 'testing'].sort())
  })

  it.each(ROWS)('names for $numbers what is there, and bears the number', ({ numbers, holders }) => {
    expect(holders.length).toBeGreaterThan(0)
    for (const { path, title } of holders) {
      expect(existsSync(new URL(path, root)), path).toBe(true)
      // A title bears its numbers itself, in whatever form; that of a group of tests stands above them.
      const line = text(path)
        .split('\n')
        .find((each) => each.includes(title) && numbers.some((number) => each.includes(number)))
      expect(line, `${path}: “${title}” with one of ${numbers.join(', ')}`).toBeDefined()
    }
  })
})
