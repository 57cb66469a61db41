import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BrokenLine, readLines } from '../../src/feeds/lines.js'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

async function linesOf(bytes: Uint8Array, size: number, maxLineBytes = 1000): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  for await (const { first, lines } of readLines(pieces(bytes, size), { maxLineBytes })) {
    for (const [i, line] of lines.entries()) {
      expect(found.has(first + i)).toBe(false)
      found.set(first + i, line instanceof BrokenLine ? `! ${line.reason}` : line)
    }
  }
  return found
}

const text = (found: Map<number, string>): string[] =>
  [...found.keys()].sort((a, b) => a - b).map((n) => found.get(n) ?? '')

describe('readLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((s) => s.replace(/[\r\n\uFEFF]/g, ''))
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.integer({ min: 1, max: 40 }), async (lines, size) => {
        const found = text(await linesOf(Buffer.from(`${lines.join('\n')}\n`), size))
        expect(found).toEqual(lines)
      }),
    )
  })

  it('takes a last line without an end, CR LF, and a byte order mark', async () => {
    expect(text(await linesOf(Buffer.from('\uFEFFa\r\n\r\nb'), 2))).toEqual(['a', '', 'b'])
  })

  it.each([1, 7, 64, 5000])(
    'makes a problem of a line that is too long and keeps the count (pieces of %i)',
    async (size) => {
      const bytes = Buffer.from(`a\n${'x'.repeat(2000)}\nb\n${'y'.repeat(1000)}\nc\n${'z'.repeat(1001)}`)
      expect(text(await linesOf(bytes, size))).toEqual([
        'a',
        '! the line is longer than 1000 bytes',
        'b',
        'y'.repeat(1000),
        'c',
        '! the line is longer than 1000 bytes',
      ])
    },
  )

  it.each([1, 3, 100])('makes a problem of a line that is not UTF-8 and of no other (pieces of %i)', async (size) => {
    const bytes = Buffer.concat([Buffer.from('é\n'), Buffer.from([0xc3, 0x28, 10]), Buffer.from('ü\n')])
    expect(text(await linesOf(bytes, size))).toEqual(['é', '! the line is not valid UTF-8', 'ü'])
  })

  it('gives up a line at the limit, and does not gather a file that has no line end', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; given < 10_000; given += 1) yield Buffer.alloc(1000, 0x61)
    }
    let blocks = 0
    for await (const { lines } of readLines(endless(), { maxLineBytes: 4000 })) {
      blocks += 1
      expect(lines).toHaveLength(1)
      expect(given).toBeLessThan(10)
    }
    expect(given).toBe(10_000)
    expect(blocks).toBe(1)
  })
})
