import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { watchOutput } from '../../src/cli/output-errors.js'

/** A stream that keeps what it is given, or fails with a code of the operating system. */
function stream(code?: string): { output: Writable; text: () => string } {
  let text = ''
  const output = new Writable({
    write(chunk, _, done) {
      text += chunk
      done(code === undefined ? null : Object.assign(new Error(`${code}: it failed`), { code }))
    },
  })
  return { output, text: () => text }
}

/** Writes and waits until the last of it has been taken or refused, as the process does at its end. */
const flushed = async (output: Writable): Promise<void> => {
  output.write('a summary\n')
  await new Promise<void>((resolve) => output.write('', () => resolve()))
}

describe('standard output that fails', () => {
  it('is said in one line and fails the process', async () => {
    const [out, err] = [stream('ENOSPC'), stream()]
    const exitCode = watchOutput(out.output, err.output)
    await flushed(out.output)
    expect(err.text()).toBe('outcry: standard output cannot be written: ENOSPC: it failed\n')
    expect([0, 1, 2, 130].map(exitCode)).toEqual([1, 1, 2, 130])
  })

  it('is no failure when its reader went away', async () => {
    const [out, err] = [stream('EPIPE'), stream()]
    const exitCode = watchOutput(out.output, err.output)
    await flushed(out.output)
    expect(err.text()).toBe('')
    expect(exitCode(0)).toBe(0)
  })

  it('fails the process though standard error fails, too', async () => {
    const [out, err] = [stream('ENOSPC'), stream('ENOSPC')]
    const exitCode = watchOutput(out.output, err.output)
    await flushed(out.output)
    expect(exitCode(0)).toBe(1)
  })
})
