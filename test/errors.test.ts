import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, isOutcryError, OutcryError } from '../src/errors.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The text of every module of the product. */
const sources = (): string[] =>
  ['src', 'machines', 'actors', 'inspector', 'simulations'].flatMap((part) =>
    readdirSync(`${root}${part}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(`${root}${part}/${path}`, 'utf8')),
  )

/** `docs/errors.md`, made from the catalogue. */
function catalogue(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, text]) => `| \`${code}\` | ${text} |`)
  return [
    '# Errors',
    '',
    'Every error that Outcry throws, and every reason it gives for a dead letter or a refusal, is an `OutcryError`',
    'with one of these codes. `code` is stable; the message says what was wrong and where, and may change. `path`',
    'and `value` name the offending option or field, `cause` is the error underneath.',
    '',
    '| code | what it means and what to do |',
    '|---|---|',
    ...rows,
    '',
    'This page is made from `src/errors.ts`: after a change there, run `npx vitest run test/errors.test.ts -u`.',
    '',
  ].join('\n')
}

describe('the catalogue of errors', () => {
  it('is what docs/errors.md says', async () => {
    await expect(catalogue()).toMatchFileSnapshot('../docs/errors.md')
  })

  it('has one form: OUTCRY_… and a sentence or two', () => {
    for (const [code, text] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^OUTCRY(_[A-Z]+)+$/)
      expect(text, code).toMatch(/^[A-Z].*\.$/)
      expect(text, code).not.toContain('|')
    }
  })

  it('knows every code that the sources name', () => {
    const named = new Set(sources().flatMap((text) => text.match(/\bOUTCRY_[A-Z][A-Z_]*[A-Z]\b/g) ?? []))
    expect(named.size).toBeGreaterThan(10)
    expect([...named].filter((code) => !Object.hasOwn(ERROR_CODES, code))).toEqual([])
  })

  it('has no code that the sources never raise', () => {
    // As a string of its own: a doc comment that promises a code does not raise it.
    const raised = new Set(
      sources()
        .flatMap((text) => [...text.matchAll(/'(OUTCRY_[A-Z_]+)'/g)])
        .map(([, code]) => code),
    )
    expect(Object.keys(ERROR_CODES).filter((code) => !raised.has(code))).toEqual([])
  })

  it('makes errors that carry code, path, value and cause', () => {
    const cause = new RangeError('too small')
    const error = new OutcryError('OUTCRY_OPTION_INVALID', 'queue.capacity: 0 is below 1', {
      path: 'queue.capacity',
      value: 0,
      cause,
    })
    expect(error).toMatchObject({
      name: 'OutcryError',
      code: 'OUTCRY_OPTION_INVALID',
      path: 'queue.capacity',
      value: 0,
    })
    expect(error.cause).toBe(cause)
    expect(isOutcryError(error)).toBe(true)
    expect(isOutcryError(cause)).toBe(false)
    expect('cause' in new OutcryError('OUTCRY_ENGINE_STATE', 'The engine is stopped.')).toBe(false)
  })
})
