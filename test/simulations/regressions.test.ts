import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseScenario, runScenario } from '../../simulations/index.js'

const folder = new URL('../../simulations/regressions/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

it('there is a place for scenarios that once failed', () => {
  expect(readdirSync(folder)).toContain('README.md')
})

it.each(files)('%s does not fail again', async (name) => {
  const { result } = await runScenario(parseScenario(readFileSync(new URL(name, folder), 'utf8'), name))
  expect(result.violations).toEqual([])
})
