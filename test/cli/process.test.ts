import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const main = join(root, 'dist/src/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'outcry-process-'))

const file = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

beforeAll(() => {
  // What a user runs is the build, so the build must be of these sources.
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], {
    cwd: root,
  })
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

type Child = ReturnType<typeof spawn>

function outcry(argv: readonly string[], meddle: (child: Child) => void = () => {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...argv], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
    meddle(child)
  })
}

const trade = (at: number, price: unknown): string =>
  JSON.stringify({ type: 'trade', symbol: 'AAPL', timestamp: 1_400_000_000_000 + at, payload: { price, size: 1 } })

describe('the outcry process', () => {
  it('names the module whose top-level await never settles', async () => {
    const spec = file('waits.mjs', 'await new Promise(() => {})\nexport default { name: "w", onEvent() {} }\n')
    const feed = file('one.ndjson', trade(1, 1))
    const { code, err } = await outcry(['run', '--feed', `ndjson:${feed}`, '--strategy', spec])
    expect(code).toBe(2)
    expect(err).toContain(`outcry: --strategy ${spec}: a top-level await of the module never settles`)
  })

  it("takes an error of a strategy's own timer for that strategy's failure, and the run goes on", async () => {
    const spec = file(
      'escapes.mjs',
      `export default {
        name: 'escapes',
        subscribe: { types: ['trade'] },
        onStart() { setTimeout(() => { throw new Error('from a timer') }, 0) },
        async onEvent() { await new Promise((resolve) => setTimeout(resolve, 50)) },
      }
      export const other = { name: 'other', subscribe: { types: ['trade'] }, onEvent() { void Promise.reject(new Error('in passing')) } }
      `,
    )
    const feed = file('two.ndjson', `${trade(1, 1)}\n${trade(2, 2)}`)
    const { code, out, err } = await outcry(['run', '--json', '--feed', `ndjson:${feed}`, '--strategy', spec])
    const result = JSON.parse(out) as { readonly events: { readonly settled: number }; readonly faults?: unknown }
    expect(result.events.settled).toBe(2)
    expect(JSON.stringify(result)).toContain('uncaught in strategy escapes')
    expect(err).not.toContain('    at ')
    expect(code).toBe(0)
  })

  it("ends a run, with what has come in handled, on an error that is nobody's", async () => {
    const spec = file(
      'nobody.mjs',
      `export default {
        name: 'n',
        subscribe: { types: ['trade'] },
        onEvent() { setTimeout(() => { const error = new Error('whose?'); error.stack = ''; throw error }, 0) },
      }`,
    )
    const feed = file('slow.ndjson', `${trade(1, 1)}\n${trade(60_000, 2)}`)
    const { code, err } = await outcry(['run', '--speed', '1', '--feed', `ndjson:${feed}`, '--strategy', spec])
    expect(err).toContain('whose?')
    expect(code).toBe(1)
  })

  it.each([
    ['-', 'standard input'],
    ['/dev/stdin', 'standard input as a device'],
  ])('reads ndjson:%s, %s', async (path) => {
    const { code, out } = await outcry(['run', '--json', '--feed', `ndjson:${path}`], (child) =>
      child.stdin?.end(`${trade(1, 1)}\n${trade(2, 2)}\n`),
    )
    expect(JSON.parse(out).events).toMatchObject({ published: 2, settled: 2 })
    expect(code).toBe(0)
  })

  it('writes its journal out to a reader that goes away, and says nothing of it', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => trade(at, 1 + (at % 9)))
    const journal = join(folder, 'journal-out')
    const feed = file('many.ndjson', `${lines.join('\n')}\n`)
    const made = await outcry(['run', '--quiet', '--feed', `ndjson:${feed}`, '--journal', journal])
    expect(made).toMatchObject({ code: 0, err: '' })
    const left = await outcry(['journal', 'export', journal], (child) => {
      child.stdout?.once('data', () => child.stdout?.destroy())
    })
    expect(left).toMatchObject({ code: 0, err: '' })
    const again = await outcry(['journal', 'verify', journal])
    expect(again).toMatchObject({ code: 0, err: '' })
    expect(again.out.match(/^ {2}run .*$/gm), 'those that looked are none').toEqual([
      expect.stringMatching(/^ {2}run 1 of version .*: clean$/),
    ])
  })

  it('does not write the page of a recording over the recording', async () => {
    const recording = file('recorded.ndjson', 'precious\n')
    const { code, err } = await outcry(['inspect', recording, '--export', recording])
    expect(code).toBe(2)
    expect(err).toMatch(/^outcry: --export [^\n]*it is read[^\n]*\n$/)
    expect(readFileSync(recording, 'utf8')).toBe('precious\n')
  })

  it('answers a command that has others under it with its help', async () => {
    const { code, out, err } = await outcry(['journal'])
    expect({ code, err }).toEqual({ code: 2, err: '' })
    expect(out).toMatch(/^Usage: outcry journal .*verify .*export /s)
  })

  it.skipIf(!existsSync('/dev/full'))(
    'tells of a recording that is not whole beside the account of the run',
    async () => {
      const feed = file('one.ndjson', trade(1, 1))
      const { code, out, err } = await outcry(['run', '--json', '--feed', `ndjson:${feed}`, '--record', '/dev/full'])
      expect(JSON.parse(out).events).toMatchObject({ published: 1, settled: 1 })
      expect(code).toBe(1)
      expect(err).toMatch(
        /^outcry: The file \/dev\/full could not be written to its end: [^\n]*\(OUTCRY_FILE_FAILED\)\n$/,
      )
    },
  )

  it('reads a named pipe, handles what comes through a live one at once, and ends on a signal though nothing more does', async () => {
    const pipe = join(folder, 'pipe.ndjson')
    execFileSync('mkfifo', [pipe])
    const reading = outcry(['run', '--json', '--feed', `ndjson:${pipe}`])
    writeFileSync(pipe, `${trade(1, 1)}\n`)
    const { code, out } = await reading
    expect(JSON.parse(out).events).toMatchObject({ published: 1, settled: 1 })
    expect(code).toBe(0)
    const says = file('says.mjs', "export default { name: 's', onEvent() { process.stderr.write('seen\\n') } }\n")
    const interrupted = await outcry(['run', '--json', '--feed', 'ndjson:-?live=true', '--strategy', says], (child) => {
      child.stdin?.write(`${trade(1, 1)}\n`)
      child.stderr?.on('data', (text) => {
        if (String(text).includes('seen')) child.kill('SIGINT')
      })
    })
    expect(interrupted.code).toBe(130)
    expect(JSON.parse(interrupted.out).events).toMatchObject({ published: 1, settled: 1 })
  })

  it.each([
    ['a missing file', () => ['--feed', `ndjson:${join(folder, 'gone.ndjson')}`], 'OUTCRY_FEED_FILE'],
    ['a directory', () => ['--feed', `ndjson:${folder}`], 'OUTCRY_FEED_FILE'],
    [
      'a truncated zip',
      () => ['--feed', `lean:${file('equity/usa/minute/aapl/20140605_trade.zip', 'PK\u0003\u0004\u0014\u0000')}`],
      'OUTCRY_FEED_F',
    ],
    [
      'a CSV without the mapped column',
      () => ['--feed', `csv:${file('bars.csv', 'date,close\n2020-01-01,1\n')}?type=bar&symbol=SPX&timestamp=day`],
      'OUTCRY_FEED_COLUMN',
    ],
    [
      'a strategy module without a strategy',
      () => ['--strategy', file('empty.mjs', 'export const nothing = 1')],
      'OUTCRY_MODULE_INVALID',
    ],
    ['an unknown scheme', () => ['--feed', 'gopher:news'], 'OUTCRY_FEED_UNKNOWN_SCHEME'],
    ['an option out of range', () => ['--speed', '0'], 'OUTCRY_OPTION_INVALID'],
  ])('answers %s with one line and exit 2', async (_, argv, code) => {
    const ended = await outcry(['run', ...argv()])
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toMatch(/^outcry: [^\n]+\n$/)
    expect(ended.err).toContain(code)
  })

  it('counts a broken line with its number and lets the rest through', async () => {
    const lines = [trade(1, 100), trade(2, 101), '{ "type": "trade", ', trade(3, 102), trade(4, 'dear')]
    const feed = `ndjson:${file('news.ndjson', `${lines.join('\n')}\n`)}`
    const json = await outcry(['run', '--feed', feed, '--json'])
    expect(json.err).toBe('')
    expect(json.code).toBe(0)
    expect(JSON.parse(json.out).events).toMatchObject({ published: 5, invalid: 2, accepted: 3, settled: 3 })
    const told = await outcry(['run', '--feed', feed])
    expect(told.out).toContain('invalid: 2 records')
    expect(told.out).toMatch(/news\.ndjson:3\b/)
  })

  it('writes signals to the file that it is told, and gives one digest for one input', async () => {
    const strategy = file(
      'buyer.mjs',
      `import { signal } from ${JSON.stringify(join(root, 'dist/src/index.js'))}
       export default { name: 'buyer', onEvent: (event) => signal({ symbol: event.symbol, side: 'buy', strength: 1, cause: event }) }`,
    )
    const feed = `ndjson:${file('trades.ndjson', [1, 2, 3].map((at) => trade(at, at)).join('\n'))}`
    const run = () => outcry(['run', '--feed', feed, '--strategy', strategy, '--signals', 'out.ndjson', '--json'])
    const [first, second] = [await run(), await run()]
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(first.out)).toMatchObject({ signals: 3, events: { published: 3 } })
    expect(readFileSync(join(folder, 'out.ndjson'), 'utf8').trimEnd().split('\n')).toHaveLength(3)
    expect(JSON.parse(first.out).digest).toMatch(/^[0-9a-f]{16}$/)
    expect(JSON.parse(second.out).digest).toBe(JSON.parse(first.out).digest)
  })

  it('drains a live run on SIGINT, tells what came of it, and answers 130', async () => {
    const live = file(
      'live.mjs',
      `export default {
        name: 'live',
        recorded: false,
        async *read({ signal, environment }) {
          yield [{ type: 'trade', symbol: 'AAPL', payload: { price: 1, size: 1 } }]
          process.stderr.write('reading\\n')
          const idle = setInterval(() => {}, 1_000)
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
          clearInterval(idle)
        },
      }`,
    )
    const ended = await outcry(['run', '--feed', `module:${live}`, '--json'], (child) => {
      child.stderr?.on('data', (text) => {
        if (String(text).includes('reading')) child.kill('SIGINT')
      })
    })
    expect(ended.code).toBe(130)
    expect(ended.err).toContain('once more to stop at once')
    expect(JSON.parse(ended.out).events).toMatchObject({ published: 1, settled: 1, queued: 0, inFlight: 0 })
  })

  it('ends at once on a second SIGINT, though a handler never settles, and answers 130', async () => {
    const hung = file(
      'hung.mjs',
      `export default {
        name: 'hung',
        timeoutMs: 60_000,
        onEvents: () => {
          process.stderr.write('called\\n')
          return new Promise(() => setInterval(() => {}, 1_000))
        },
      }`,
    )
    const feed = `ndjson:${file('hung.ndjson', trade(1, 1))}`
    const ended = await outcry(['run', '--feed', feed, '--strategy', hung, '--json'], (child) => {
      child.stderr?.on('data', (text) => {
        if (/called|once more/.test(String(text))) child.kill('SIGINT')
      })
    })
    expect(ended).toMatchObject({ code: 130, out: '' })
    expect(ended.err.trim().split('\n').at(-1)).toBe('outcry: handling what has come in; once more to stop at once')
  })

  it.skipIf(!existsSync('/dev/full'))('fails with one line when its output is lost on a full disk', () => {
    const full = openSync('/dev/full', 'w')
    const feed = `ndjson:${file('full.ndjson', trade(1, 1))}`
    const { status, stderr } = spawnSync(process.execPath, [main, 'run', '--feed', feed, '--json'], {
      cwd: folder,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    closeSync(full)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^outcry: [^\n]*ENOSPC[^\n]*\n$/)
  })

  it('does not crash when the reader of its output goes away', async () => {
    const feed = `ndjson:${file('more.ndjson', [1, 2, 3].map((at) => trade(at, at)).join('\n'))}`
    const ended = await outcry(['run', '--feed', feed], (child) => child.stdout?.destroy())
    expect(ended).toMatchObject({ code: 0, err: '' })
  })
})
