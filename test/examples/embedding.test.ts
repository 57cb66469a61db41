import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'

const file = new URL('../../examples/embedding.ts', import.meta.url)
const readme = new URL('../../README.md', import.meta.url)

describe('the embedding example', () => {
  it('prints the one signal that its prices give rise to, and comes to its end', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      await import('../../examples/embedding.js')
      expect(log.mock.calls).toEqual([['buy', 'AAPL', 0.7]])
    } finally {
      log.mockRestore()
    }
  })

  it('fits in twenty lines', async () => {
    expect((await readFile(file, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(20)
  })

  it.skipIf(!existsSync(readme))('is quoted by the README word for word (skipped where there is none)', async () => {
    expect(await readFile(readme, 'utf8')).toContain(await readFile(file, 'utf8'))
  })
})
