import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/events/nearest.js'

const KNOWN = ['trade', 'quote', 'news', 'bar', 'signal', 'trading.status']

describe('the known name that a mistyped one stands for', () => {
  it.each([
    ['qoute', 'quote'],
    ['nwes', 'news'],
    ['bra', 'bar'],
    ['trdae', 'trade'],
    ['trads', 'trade'],
    ['signals', 'signal'],
    ['TRADE', 'trade'],
    ['trading-status', 'trading.status'],
  ])('%s is %s', (name, known) => {
    expect(nearest(name, KNOWN)).toBe(known)
  })

  it.each(['order.fill', 'x', 'rab', 'etouq', 'a'.repeat(100)])('%s is none of them', (name) => {
    expect(nearest(name, KNOWN)).toBeUndefined()
  })
})
