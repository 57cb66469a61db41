import { describe, expect, it } from 'vitest'
import { bar, count, duration, left, line, place, plural, right, width } from '../../src/cli/format.js'
import { paint } from '../../src/cli/terminal.js'

describe('numbers and text of the command line', () => {
  it('separates thousands', () => {
    expect(count(26_683)).toBe('26,683')
    expect(plural(1, 'signal')).toBe('1 signal')
    expect(plural(2_000, 'signal')).toBe('2,000 signals')
  })

  it.each([
    [0.0421, '0.042 ms'],
    [1.5, '1.50 ms'],
    [99.999, '100.00 ms'],
    [345.6, '346 ms'],
    [1_930, '1.93 s'],
    [59_999, '1 min 00 s'],
    [125_000, '2 min 05 s'],
    [3_725_000, '1 h 02 min'],
    [Number.NaN, '–'],
  ])('says %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('does not count colours when it aligns', () => {
    const red = paint(true).red('ab')
    expect(red).not.toBe('ab')
    expect(width(red)).toBe(2)
    expect(width(left(red, 5))).toBe(5)
    expect(right(red, 5).endsWith(red)).toBe(true)
    expect(paint(false).red('ab')).toBe('ab')
  })

  it('makes any text one safe line', () => {
    expect(line('a\nb\u001b[31m\u0005c')).toBe('a b [31m c')
    expect(line('abcdef', 4)).toBe('abc…')
  })

  it('cuts a place on the left', () => {
    expect(place('a/long/path/news.ndjson:7', 14)).toBe('…news.ndjson:7')
    expect(place('news.ndjson:7', 14)).toBe('news.ndjson:7')
  })

  it('draws bars to an eighth of a column', () => {
    expect(bar(0, 4)).toBe('')
    expect(bar(1, 4)).toBe('████')
    expect(bar(0.53125, 4)).toBe('██▏')
    expect(bar(7, 4)).toBe('████')
  })
})
