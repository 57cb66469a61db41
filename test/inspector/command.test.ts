import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TraceFile } from '../../inspector/recording/trace-file.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const main = join(root, 'dist/src/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'outcry-inspect-'))
const feed = join(folder, 'feed.ndjson')
const TOKEN = 'a-token-for-the-tests'

beforeAll(() => {
  // What a user runs is the build, so the build must be of these sources.
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], {
    cwd: root,
  })
  const lines = Array.from({ length: 2_000 }, (_, n) =>
    JSON.stringify({
      id: `t${n}`,
      type: 'trade',
      symbol: 'AAPL',
      timestamp: 1_700_000_000_000 + n,
      payload: { price: 1, size: 1 },
    }),
  )
  writeFileSync(feed, `${lines.join('\n')}\n`)
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Child = ReturnType<typeof spawn>

/** Runs the command line; `onErr` is told all that stands on standard error each time that there is more. */
function outcry(
  argv: readonly string[],
  onErr: (text: string, child: Child) => void = () => {},
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1', INSPECTOR_TOKEN: TOKEN }
    const child = spawn(process.execPath, [main, ...argv], { cwd: folder, env })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
      onErr(err, child)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** The address that was printed, once it was. */
const addressIn = (err: string): URL | undefined => {
  const url = /inspector: (http:\S+)\n/.exec(err)?.[1]
  return url === undefined ? undefined : new URL(url)
}

describe('outcry run --record', () => {
  it('writes a recording with the digest of the run, the same for two runs', async () => {
    const [first, second] = [join(folder, 'first.ndjson'), join(folder, 'second.ndjson')]
    const ran = await outcry(['run', '--feed', `ndjson:${feed}`, '--record', first, '--json'])
    expect([ran.code, ran.err]).toEqual([0, ''])
    const { info } = new TraceFile(first)
    expect(info.kinds.accepted).toBe(2_000)
    expect(info.digest).toBe(JSON.parse(ran.out).digest)
    await outcry(['run', '--feed', `ndjson:${feed}`, '--record', second, '--quiet'])
    expect(new TraceFile(second).info.digest).toBe(info.digest)
  })

  it('says in one line that the file cannot be written', async () => {
    const { code, err } = await outcry([
      'run',
      '--feed',
      `ndjson:${feed}`,
      '--record',
      join(folder, 'no', 'such', 'file'),
    ])
    expect(code).toBe(2)
    expect(err).toMatch(/^outcry: .*cannot be written[^\n]*\n$/)
  })
})

describe('outcry run --inspect', () => {
  it('prints the address, goes by as ever, and ends where nobody looks', async () => {
    const { code, out, err } = await outcry(['run', '--feed', `ndjson:${feed}`, '--inspect', '--json'])
    expect(code).toBe(0)
    expect(addressIn(err)?.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=a-token-for-the-tests$/)
    expect(JSON.parse(out).events.settled).toBe(2_000)
  })

  it('stays as long as somebody looks', async () => {
    const looker = new AbortController()
    // Held to the end: fetch hangs up on an answer that nobody holds once the collector finds it.
    let looking: Promise<Response> | undefined
    let seen: Promise<readonly unknown[]> | undefined
    const { code, out } = await outcry(['run', '--feed', 'ndjson:-', '--inspect', '--json'], (err, child) => {
      const address = addressIn(err)
      if (address === undefined) return
      if (looking === undefined) {
        looking = fetch(`${address.origin}/api/stream${address.search}`, { signal: looker.signal })
        // The events come once somebody looks, so the run cannot be over before.
        void looking.finally(() => child.stdin?.end(readFileSync(feed)))
      }
      if (seen === undefined && err.includes('stays open')) {
        seen = sleep(500)
          .then(() => fetch(`${address.origin}/readyz`))
          .then(async (answer) => [((await answer.json()) as { readonly status: string }).status, child.exitCode])
          .finally(() => looker.abort())
      }
    })
    expect([code, await seen]).toEqual([0, ['ready', null]])
    expect((await looking)?.status).toBe(200)
    expect(JSON.parse(out).events.settled).toBe(2_000)
  })
})

describe('outcry inspect', () => {
  it('shows a recording until it is interrupted', async () => {
    const file = join(folder, 'shown.ndjson')
    await outcry(['run', '--feed', `ndjson:${feed}`, '--record', file, '--quiet'])
    let title: unknown
    const { code } = await outcry(['inspect', file], (err, child) => {
      const address = addressIn(err)
      if (address === undefined || title !== undefined) return
      title = 'asked'
      void fetch(`${address.origin}/api/recording${address.search}`).then(async (answer) => {
        title = ((await answer.json()) as { readonly title: string }).title
        child.kill('SIGINT')
      })
    })
    expect([code, title]).toEqual([0, `ndjson:${feed}`])
  })

  it('writes a recording as one page that loads nothing', async () => {
    const [file, page] = [join(folder, 'exported.ndjson'), join(folder, 'exported.html')]
    await outcry(['run', '--feed', `ndjson:${feed}`, '--record', file, '--quiet'])
    const built = existsSync(join(root, 'dist/inspector/page/page.js'))
    const { code, err } = await outcry(['inspect', file, '--export', page])
    if (!built) {
      expect([code, err]).toEqual([2, expect.stringContaining('not in this package')])
      return
    }
    expect(code).toBe(0)
    const html = readFileSync(page, 'utf8')
    expect(html).toContain('id="outcry-recording"')
    expect(html).not.toMatch(/<script[^>]*\ssrc=|<link[^>]*\shref=/)
  })

  it('says as one JSON object where two recordings part, and opens no page', async () => {
    const [all, fewer, again] = ['all', 'fewer', 'again'].map((name) => join(folder, `${name}.ndjson`)) as [
      string,
      string,
      string,
    ]
    const short = join(folder, 'short.ndjson')
    writeFileSync(short, readFileSync(feed, 'utf8').split('\n').slice(0, 1_000).join('\n'))
    await outcry(['run', '--feed', `ndjson:${feed}`, '--record', all, '--quiet'])
    await outcry(['run', '--feed', `ndjson:${feed}`, '--record', again, '--quiet'])
    await outcry(['run', '--feed', `ndjson:${short}`, '--record', fewer, '--quiet'])
    const equal = await outcry(['inspect', all, again, '--json'])
    expect([equal.code, equal.err]).toEqual([0, ''])
    const { entries } = new TraceFile(all).info
    expect(JSON.parse(equal.out)).toEqual({
      files: [all, again],
      equal: true,
      common: entries,
      entries: [entries, entries],
    })
    const parted = await outcry(['inspect', all, fewer, '--json'])
    expect([parted.code, parted.err]).toEqual([0, ''])
    const { common, divergence, ...rest } = JSON.parse(parted.out)
    expect(rest).toEqual({ files: [all, fewer], equal: false, entries: [entries, new TraceFile(fewer).info.entries] })
    expect(divergence.entry).toBe(common + 1)
    expect(divergence.fields.length).toBeGreaterThan(0)
  })

  it('takes --json for two recordings that are some, and without --export', async () => {
    const one = await outcry(['inspect', feed, '--json'])
    expect([one.code, one.out, one.err]).toEqual([2, '', expect.stringContaining('--json takes two recordings')])
    const both = await outcry(['inspect', feed, feed, '--json', '--export', join(folder, 'both.html')])
    expect([both.code, both.out, both.err]).toEqual([2, '', expect.stringContaining('exclude each other')])
    const broken = await outcry(['inspect', feed, feed, '--json'])
    expect([broken.code, broken.out, broken.err]).toEqual([2, '', expect.stringContaining('no outcry-trace')])
  })

  it('says in one line what is wrong with a file', async () => {
    const { code, err } = await outcry(['inspect', feed])
    expect(code).toBe(2)
    expect(err).toMatch(/^outcry: [^\n]*feed\.ndjson:1: the file is no outcry-trace[^\n]*\n$/)
  })
})
