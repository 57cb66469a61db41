import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** The first words of a report, and each file that holds it with words of a title. */
const ROWS = text('docs/cases.md')
  .split('\n')
  .slice(text('docs/cases.md').split('\n').indexOf('| --- | --- |') + 1)
  .filter((line) => line.startsWith('| '))
  .map((line) => {
    const [report = '', held = ''] = line.slice(2).split(' | ')
    const holders = [...held.matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, path = '', title = '']) => ({ path, title }))
    return { report, holders }
  })

const LIST = new URL('../shared/cases/README.md', root)

describe('docs/cases.md', () => {
  it.each(ROWS)('names for “$report” what is there, and has its title begin with cases:', ({ holders }) => {
    expect(holders.length).toBeGreaterThan(0)
    for (const { path, title } of holders) {
      expect(existsSync(new URL(path, root)), path).toBe(true)
      const titled = text(path)
        .split('\n')
        .some((line) => /['"`]cases: /.test(line) && line.includes(title))
      expect(titled, `${path}: a title with cases: and “${title}”`).toBe(true)
    }
  })

  it.skipIf(!existsSync(LIST))(
    'has one row for each report of the list, and no other (skipped where that is absent)',
    () => {
      const reports = readFileSync(LIST, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('- '))
        .map((line) => line.slice(2).replace(/^"/, '').replaceAll('"', ''))
      expect(reports.length).toBeGreaterThan(0)
      const rowsOf = reports.map((each) =>
        ROWS.filter(({ report }) => each.startsWith(report)).map(({ report }) => report),
      )
      for (const [index, rows] of rowsOf.entries()) expect(rows, reports[index]).toHaveLength(1)
      expect(rowsOf.flat().toSorted()).toEqual(ROWS.map(({ report }) => report).toSorted())
    },
  )
})
