import { describe, expect, it } from 'vitest'
import { lasting, stay } from '../../inspector/page/format.js'

describe('how long something has lasted, on the page', () => {
  it('is told by the clock of the run', () => {
    const now = Date.UTC(2024, 5, 10, 13, 30)
    expect(lasting(now - 5_000, now)).toBe('for 5 s')
    expect(lasting(now - 7_200_000, now)).toBe('for 2 h')
  })

  it('is not counted from 1970 where it began before the first of the data', () => {
    expect(lasting(0, Date.UTC(2024, 5, 10))).toBe('since before the data')
    expect(lasting(0, 0)).toBe('just now')
  })
})

describe('how long an actor has been in its state, on the page', () => {
  it('is known of one that was seen to come into it, and a least time of any other', () => {
    const now = Date.UTC(2024, 5, 10, 13, 30)
    expect(stay({ since: now - 5_000, sinceLooked: false }, now)).toBe('for 5 s')
    expect(stay({ since: now, sinceLooked: false }, now)).toBe('just now')
    expect(stay({ since: now - 5_000, sinceLooked: true }, now)).toBe('for at least 5 s')
    expect(stay({ since: now, sinceLooked: true }, now)).toBe('since before it was watched')
  })
})
