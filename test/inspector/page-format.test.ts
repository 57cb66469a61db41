import { describe, expect, it } from 'vitest'
import { lasting } from '../../inspector/page/format.js'

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
