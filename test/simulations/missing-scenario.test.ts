import { describe, expect, it } from 'vitest'
import { simulateCommand } from '../../simulations/command.js'

describe('outcry simulate', () => {
  it('says of a scenario that it is no file', async () => {
    const flags = {
      seeds: [1],
      scenario: 'missing.json',
      events: undefined,
      mutants: false,
      twice: false,
      allMarks: false,
      trace: undefined,
      shrink: undefined,
      json: false,
    }
    const output = { write: () => undefined }
    await expect(simulateCommand(flags, { out: output, err: output, version: '0' })).rejects.toMatchObject({
      code: 'OUTCRY_OPTION_INVALID',
      message: '--scenario takes swarm, calm, day or a file, and there is no file "missing.json"',
      path: '--scenario',
    })
  })
})
