import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/events/catalogue/index.js'
import { CRITERIA } from '../../src/health/criteria.js'
import { HEALTH_CODES } from '../../src/health/report.js'
import { GOOD, settingsOf, trouble } from './readings.js'

const text = readFileSync(new URL('../../docs/health.md', import.meta.url), 'utf8')
const [facts = '', reasons = ''] = text.split('## Reasons')
const rows = reasons
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))

describe('docs/health.md', () => {
  it('says of every fact about the engine in the catalogue who publishes it', () => {
    const types = CATALOGUE.map(({ type }) => type).filter((type) => /^(system|feed)[.]/.test(type))
    const told = facts.split('\n').filter((line) => line.startsWith('| `'))
    const named = told.flatMap((line) =>
      [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, type]) => type),
    )
    expect(types).toHaveLength(10)
    expect(named.toSorted()).toEqual(types.toSorted())
  })

  it('lists every code with its option and the thresholds that the code has by default', () => {
    const all = trouble(0, 1_000_000)
    const reading = {
      ...GOOD,
      breakersOpen: all,
      feedsFailed: all,
      feedsEnded: all,
      strategiesHung: all,
      strategiesFaulted: all,
      sinksFailing: all,
      journalFailing: all,
    }
    const settings = settingsOf()
    const documented = rows.map(([, code, , option, degraded, critical]) => ({ code, option, degraded, critical }))
    const expected = CRITERIA.map(({ code, levels }, at) => {
      const { degraded, critical } = levels(settings, reading)
      const option = documented[at]?.option ?? ''
      expect(settings, code).toHaveProperty([option, 'degraded'], degraded)
      return {
        code,
        option,
        degraded: String(degraded),
        critical: critical === all.total ? 'all of them' : String(critical),
      }
    })
    expect(documented).toEqual(expected)
    expect(expected.map(({ code }) => code)).toEqual([...HEALTH_CODES])
  })
})
