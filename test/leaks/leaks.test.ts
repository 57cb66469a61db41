import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = fileURLToPath(new URL('churn.mjs', import.meta.url))

/** With OUTCRY_LEAKS=full at the lengths of the requirements, which takes minutes; else a tenth or less. */
const full = process.env.OUTCRY_LEAKS === 'full'

const MB = 1_048_576

interface Growth {
  readonly growthBytes: number
  readonly left: number
}

const churn = (kind: string, cycles: number): Growth =>
  JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', script, kind, String(cycles)], { cwd: root, encoding: 'utf8' }),
  ) as Growth

beforeAll(() => {
  // Measured on what a user runs: the test runner's own transforms hold memory of theirs.
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'], { cwd: root })
}, 300_000)

describe('the heap', () => {
  it.each([
    ['row 3451', 'subscriptions', 10_000, 100_000, 1],
    ['restarts', 'restarts', 10_000, 100_000, 1],
    ['row 3460', 'engines', 100, 1_000, 2],
    ['row 3455', 'events', 500_000, 10_000_000, 1],
    ['row 3455', 'chunks', 50_000, 1_000_000, 1],
    ['row 3463', 'failures', 50_000, 1_000_000, 1],
  ] as const)(
    'grows by less than it may: %s, %s, %d times (%d in full), %d MB (row testing)',
    (_, kind, few, many, megabytes) => {
      const { growthBytes, left } = churn(kind, full ? many : few)
      expect(left).toBe(0)
      expect(growthBytes).toBeLessThan(megabytes * MB)
    },
    full ? 1_800_000 : 300_000,
  )
})
