import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compare } from '../../inspector/recording/compare.js'
import { TraceFile } from '../../inspector/recording/trace-file.js'
import { simulateCommand } from '../../simulations/command.js'

const folder = mkdtempSync(join(tmpdir(), 'simulation-trace-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function simulate(seeds: readonly number[], name: string): Promise<void> {
  const quiet = { write: () => undefined }
  const flags = { events: 200, mutants: false, twice: false, allMarks: false, shrink: undefined, json: true }
  await simulateCommand(
    { ...flags, seeds, scenario: 'swarm', trace: join(folder, name) },
    { out: quiet, err: quiet, version: '0' },
  )
}

describe('a simulation’s trace', () => {
  it('is a recording, equal for two runs of one seed and different for another', async () => {
    await simulate([7], 'first.ndjson')
    await simulate([7], 'second.ndjson')
    await simulate([8], 'other.ndjson')
    const open = (name: string): TraceFile => new TraceFile(join(folder, name))
    const [first, second, other] = [open('first.ndjson'), open('second.ndjson'), open('other.ndjson')]
    expect(first.info).toMatchObject({ seed: 7, title: 'seed 7 of swarm', leftOut: 0 })
    expect(first.info.kinds).toMatchObject({ accepted: expect.any(Number), step: expect.any(Number) })
    expect(first.header.repeatable).toBe(true)
    expect(compare(first, second)).toMatchObject({ equal: true })
    expect(second.info.digest).toBe(first.info.digest)
    expect(compare(first, other).equal).toBe(false)
  })

  it('goes to a file for each of several seeds', async () => {
    await simulate([1, 2], 'several.ndjson')
    expect(new TraceFile(join(folder, 'several-1.ndjson')).info.seed).toBe(1)
    expect(new TraceFile(join(folder, 'several-2.ndjson')).info.seed).toBe(2)
  })
})
