/** Adds up vitest's JSON reports of a folder and closes with one line: 'N passed, N failed, N skipped'. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: node .ci/tally.mjs FOLDER')
const sum = { passed: 0, failed: 0, skipped: 0 }
for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  sum.passed += report.numPassedTests
  // A suite that could not even be loaded has no failed test, and is a failure all the same.
  sum.failed += Math.max(report.numFailedTests, report.success ? 0 : 1)
  sum.skipped += report.numPendingTests + (report.numTodoTests ?? 0)
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
if (sum.passed === 0 || sum.failed > 0) process.exitCode = 1
