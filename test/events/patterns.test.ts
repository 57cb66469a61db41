import { describe, expect, it } from 'vitest'
import { isPattern, matchesPattern } from '../../src/events/patterns.js'

describe('type patterns', () => {
  it.each([
    ['order.fill', 'order.fill', true],
    ['order.fill', 'order.fills', false],
    ['order', 'order.fill', false],
    ['order.*', 'order.fill', true],
    ['order.*', 'order.a.b', true],
    ['order.*', 'order', false],
    ['order.*', 'order.', false],
    ['order.*', 'orders.fill', false],
    ['*', 'trade', true],
    ['*', 'order.fill', true],
    ['risk.limit.*', 'risk.limit.breached', true],
    ['risk.limit.*', 'risk.exposure', false],
  ])('%s against %s: %s', (pattern, type, expected) => {
    expect(matchesPattern(pattern, type)).toBe(expected)
  })

  it('are told from names', () => {
    expect(['*', 'order.*', 'order', 'order.fill'].map(isPattern)).toStrictEqual([true, true, false, false])
  })
})
