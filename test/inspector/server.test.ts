import { request } from 'node:http'
import { createEngine, defineStrategy, type Engine, trade } from 'outcry'
import { type Inspector, inspect } from 'outcry/inspector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ActorDetail, Batch, Hello } from '../../inspector/protocol.js'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** As node:http and not as fetch: fetch writes Host and resolves dots by itself. */
function ask(port: number, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, setHost: headers.host === undefined })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => {
        text += part
      })
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }))
    })
    outgoing.end(body)
  })
}

type Heard = { readonly event: string; readonly id: string; readonly data: unknown }

/** Listens to the stream until it has heard enough. */
function listen(
  port: number,
  token: string,
  enough: (heard: readonly Heard[]) => boolean,
  lastEventId?: string,
): Promise<readonly Heard[]> {
  return new Promise((resolve, reject) => {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
    const outgoing = request({ host: '127.0.0.1', port, path: `/api/stream?token=${token}`, headers })
    const heard: Heard[] = []
    let rest = ''
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => {
        const blocks = (rest + part).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const fields = Object.fromEntries(
            block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
          )
          if (fields.event === undefined || fields.data === undefined) continue
          heard.push({ event: fields.event, id: fields.id ?? '', data: JSON.parse(fields.data) })
        }
        if (!enough(heard)) return
        outgoing.destroy()
        resolve(heard)
      })
    })
    outgoing.end()
  })
}

const helloOf = (heard: readonly (Heard | undefined)[]): Hello => (heard[0] ?? { data: undefined }).data as Hello

const batchOf = (heard: Heard | undefined): Batch => (heard ?? { data: undefined }).data as Batch

const TOKEN = 'a-token-for-the-tests'

const counting = (name: string) =>
  defineStrategy({
    name,
    state: () => ({ seen: 0, apiKey: 'do not show' }),
    onEvents(events, { state }) {
      state.seen += events.length
    },
  })

let engine: Engine
let inspector: Inspector
const own = (): string => `http://127.0.0.1:${inspector.port}`
const post = (body: unknown, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-outcry-token': TOKEN, origin: own(), ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

beforeEach(async () => {
  engine = createEngine({ strategies: [counting('alpha'), counting('beta')] })
  inspector = await inspect(engine, { token: TOKEN, allowActions: true })
  await engine.start()
})

afterEach(async () => {
  await inspector.close()
  await engine.stop()
})

describe('the inspector’s stream', () => {
  it('begins with every actor, its statechart and its state', async () => {
    const [first] = await listen(inspector.port, TOKEN, (heard) => heard.length > 0)
    const hello = helloOf([first])
    expect(first?.event).toBe('hello')
    const alpha = hello.actors.find(({ path }) => path === 'engine/strategies/group-1/alpha')
    expect(alpha).toMatchObject({ machine: 'strategy', kind: 'strategy', state: ['strategy.active.ready'] })
    expect(hello.actors.find(({ actor }) => actor === alpha?.parent)?.kind).toBe('group')
    expect(hello.machines.strategy?.edges.some(({ event }) => event === 'chunk.deliver')).toBe(true)
    expect(hello.overview.state).toBe('running.flowing')
  })

  it('tells which edges were taken, what moved, and the figures', async () => {
    const heard = listen(inspector.port, TOKEN, (events) => {
      const batches = events.filter(({ event }) => event === 'batch').map(({ data }) => data as Batch)
      return batches.some(({ edges }) => edges !== undefined) && batches.some(({ changed }) => changed !== undefined)
    })
    // The stream has to be open before anything happens: what came before is in `hello`.
    while (inspector.pages === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await engine.publishAll(Array.from({ length: 1_000 }, (_, n) => trade({ symbol: 'AAPL', price: n + 1, size: 1 })))
    engine.breaker('alpha').isolate()
    const events = await heard
    const { actors, machines } = helloOf(events)
    const change = events
      .flatMap(({ data }) => (data as Batch).changed ?? [])
      .find(({ event }) => event === 'breaker.isolate')
    expect(actors.find(({ actor }) => actor === change?.actor)?.name).toBe('breaker:alpha')
    expect(change?.state).toEqual(['breaker.isolated'])
    expect(machines.breaker?.edges[change?.edge ?? -1]).toMatchObject({ event: 'breaker.isolate', source: 'breaker' })
  })

  it('goes on where a page left off, and begins anew where it cannot', async () => {
    const first = await listen(inspector.port, TOKEN, (heard) => heard.length >= 4)
    const seen = first[2]
    const again = await listen(inspector.port, TOKEN, (heard) => heard.length >= 2, seen?.id)
    expect(again.map(({ event }) => event)).toEqual(['batch', 'batch'])
    const next = batchOf(seen).sequence + 1
    expect(again.map(({ data }) => (data as Batch).sequence)).toEqual([next, next + 1])
    const stranger = await listen(inspector.port, TOKEN, (heard) => heard.length >= 1, 'another-run:3')
    expect(stranger[0]?.event).toBe('hello')
  })

  it('goes on with another engine, as another run', async () => {
    const other = createEngine({ strategies: [counting('gamma')] })
    await other.start()
    const heard = listen(inspector.port, TOKEN, (events) => events.filter(({ event }) => event === 'hello').length >= 2)
    while (inspector.pages === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    inspector.watch(other)
    const [before, after] = (await heard).filter(({ event }) => event === 'hello').map(({ data }) => data as Hello)
    expect(after?.run).not.toBe(before?.run)
    expect(after?.actors.map(({ name }) => name)).toContain('gamma')
    await other.stop()
  })
})

describe('the inspector’s answers', () => {
  const actorNamed = async (name: string): Promise<number> => {
    const [first] = await listen(inspector.port, TOKEN, (heard) => heard.length > 0)
    return helloOf([first]).actors.find((row) => row.name === name)?.actor ?? -1
  }

  it('show one actor in full, without its secrets', async () => {
    const actor = await actorNamed('alpha')
    await engine.publish(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await engine.drain()
    const { status, text } = await ask(inspector.port, `/api/actor?actor=${actor}&token=${TOKEN}`)
    expect(status).toBe(200)
    const detail = JSON.parse(text) as ActorDetail
    expect(detail.path).toBe('engine/strategies/group-1/alpha')
    expect(detail.context).toMatchObject({ name: 'alpha', state: { seen: 1, apiKey: '[redacted]' } })
    expect(text).not.toContain('do not show')
    expect(detail.steps.at(-1)).toMatchObject({ event: 'chunk.deliver', from: 'engine/strategies/group-1' })
    expect(detail.breaker?.state).toBe('closed')
  })

  it('follow a message from actor to actor while somebody looks at them', async () => {
    await ask(inspector.port, `/api/sequence?token=${TOKEN}`)
    await engine.publish(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await engine.drain()
    const { text } = await ask(inspector.port, `/api/sequence?after=0&token=${TOKEN}`)
    const { messages } = JSON.parse(text) as {
      readonly messages: readonly { readonly event: string; readonly chunk?: unknown }[]
    }
    expect(messages.find(({ event, chunk }) => event === 'chunk.deliver' && chunk !== undefined)?.chunk).toEqual({
      events: 1,
      firstSequence: 1,
      lastSequence: 1,
    })
  })

  it('act on the engine where that is allowed', async () => {
    const { status, text } = await ask(inspector.port, '/api/action', post({ action: 'engine.halt', reason: 'a test' }))
    expect([status, JSON.parse(text)]).toEqual([200, { ok: true, result: {} }])
    expect(engine.state).toBe('running.halted')
    const bad = await ask(inspector.port, '/api/action', post({ action: 'breaker.trip', name: 'nobody' }))
    expect(JSON.parse(bad.text)).toMatchObject({ ok: false, code: 'OUTCRY_STRATEGY_UNKNOWN' })
  })
})

describe('the inspector refuses', () => {
  it.each([
    [
      'a foreign Host',
      421,
      () => ask(inspector.port, '/healthz', { headers: { host: `evil.example:${inspector.port}` } }),
    ],
    ['its own name at another port', 421, () => ask(inspector.port, '/healthz', { headers: { host: '127.0.0.1:1' } })],
    ['a missing token', 401, () => ask(inspector.port, '/api/dead-letters')],
    ['a missing token for the page', 401, () => ask(inspector.port, '/')],
    ['a wrong token', 401, () => ask(inspector.port, '/api/stream?token=another-token-altogether')],
    ['a foreign Origin', 403, () => ask(inspector.port, '/healthz', { headers: { origin: 'http://evil.example' } })],
    ['an Origin without a scheme', 403, () => ask(inspector.port, '/healthz', { headers: { origin: 'null' } })],
    [
      'another site’s request for data',
      403,
      () => ask(inspector.port, `/api/dead-letters?token=${TOKEN}`, { headers: { 'sec-fetch-site': 'cross-site' } }),
    ],
    [
      'a POST with a foreign Origin',
      403,
      () => ask(inspector.port, '/api/action', post({ action: 'engine.pause' }, { origin: 'http://127.0.0.1:1' })),
    ],
    [
      'a POST with a token in the address alone',
      401,
      () =>
        ask(inspector.port, `/api/action?token=${TOKEN}`, post({ action: 'engine.pause' }, { 'x-outcry-token': '' })),
    ],
    [
      'a POST from another site',
      403,
      () => ask(inspector.port, '/api/action', post({ action: 'engine.pause' }, { 'sec-fetch-site': 'same-site' })),
    ],
    ['a body that is no JSON', 400, () => ask(inspector.port, '/api/action', post('{'))],
    [
      'a body of another type',
      415,
      () => ask(inspector.port, '/api/action', post({ action: 'engine.pause' }, { 'content-type': 'text/plain' })),
    ],
    ['an oversized body', 413, () => ask(inspector.port, '/api/action', post({ action: 'x'.repeat(20_000) }))],
    ['an unknown action', 400, () => ask(inspector.port, '/api/action', post({ action: 'engine.explode' }))],
    ['a method it does not know', 405, () => ask(inspector.port, '/healthz', { method: 'DELETE' })],
    ['a path that climbs', 404, () => ask(inspector.port, '/../../package.json')],
    ['a path that climbs in disguise', 404, () => ask(inspector.port, '/assets/%2e%2e/%2e%2e/%2e%2e/package.json')],
    ['a path that climbs backwards', 404, () => ask(inspector.port, '/assets/..%5c..%5cpackage.json')],
    ['an address that is a whole URL', 400, () => ask(inspector.port, 'http://evil.example/')],
    ['a number that is none', 400, () => ask(inspector.port, `/api/actor?actor=x&token=${TOKEN}`)],
    ['an actor that does not exist', 404, () => ask(inspector.port, `/api/actor?actor=99999&token=${TOKEN}`)],
  ])('%s (%i)', async (_what, status, send) => {
    const answer = await send()
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining('"code"')])
    expect(engine.state).toBe('running.flowing')
  })

  it('a POST without an Origin', async () => {
    const { headers, ...rest } = post({ action: 'engine.pause' })
    const { origin: _origin, ...without } = headers ?? {}
    expect((await ask(inspector.port, '/api/action', { ...rest, headers: without })).status).toBe(403)
  })

  it('to act where it only looks', async () => {
    const looking = await inspect(engine, { token: TOKEN })
    const headers = {
      'content-type': 'application/json',
      'x-outcry-token': TOKEN,
      origin: `http://127.0.0.1:${looking.port}`,
    }
    const answer = await ask(looking.port, '/api/action', {
      method: 'POST',
      headers,
      body: '{"action":"engine.pause"}',
    })
    await looking.close()
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('--allow-actions')])
    expect(engine.state).toBe('running.flowing')
  })

  it('another interface without a token of its owner’s', async () => {
    await expect(inspect(engine, { host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'OUTCRY_OPTION_INVALID',
      path: 'inspect.host',
    })
  })

  it('a port that is taken', async () => {
    await expect(inspect(engine, { port: inspector.port })).rejects.toMatchObject({ code: 'OUTCRY_INSPECTOR_FAILED' })
  })

  it('options that it does not know or cannot mean', async () => {
    await expect(inspect(engine, { port: -1 })).rejects.toThrow('inspect.port')
    await expect(inspect(engine, { token: 'short' })).rejects.toThrow(/^(?!.*short).*inspect\.token/)
    await expect(inspect(engine, { ports: 1 } as never)).rejects.toThrow('inspect.ports: there is no such option')
  })
})

describe('what the inspector says without a token', () => {
  it('is whether the engine lives and is ready (row 3488)', async () => {
    const [health, ready] = [await ask(inspector.port, '/healthz'), await ask(inspector.port, '/readyz')]
    expect([health.status, JSON.parse(health.text).state]).toEqual([200, 'running.flowing'])
    expect([ready.status, JSON.parse(ready.text).status]).toEqual([200, 'ready'])
    engine.halt('a test')
    expect((await ask(inspector.port, '/readyz')).status).toBe(503)
    expect((await ask(inspector.port, '/healthz')).status).toBe(200)
  })

  it('is that an engine in a critical condition is not ready, with the reasons, and lives (row 3488)', async () => {
    const queue = { capacity: 10, highWater: 10 }
    const full = createEngine({ strategies: [counting('alpha')], queue, health: { intervalMs: 5, enterTicks: 1 } })
    await full.start()
    inspector.watch(full)
    const until = async (status: string): Promise<void> => {
      for (let round = 0; round < 1_000 && full.health().status !== status; round += 1)
        await new Promise((resolve) => setTimeout(resolve, 5))
    }
    full.pause()
    for (let n = 0; n < 10; n += 1) full.offer(trade({ symbol: 'AAPL', price: n + 1, size: 1 }))
    await until('critical')
    const { status, text } = await ask(inspector.port, '/readyz')
    expect(status).toBe(503)
    expect(JSON.parse(text)).toMatchObject({
      status: 'not ready',
      state: 'running.paused',
      health: 'critical',
      reasons: [{ code: 'queue-depth', severity: 'critical' }],
    })
    expect((await ask(inspector.port, '/healthz')).status).toBe(200)
    full.resume()
    await until('healthy')
    expect((await ask(inspector.port, '/readyz')).status).toBe(200)
    await full.stop()
    expect((await ask(inspector.port, '/readyz')).status).toBe(503)
  })

  it('is that an engine which has stopped is not ready, and one that failed does not live (row 3488)', async () => {
    await engine.stop()
    expect((await ask(inspector.port, '/readyz')).status).toBe(503)
    const stopped = await ask(inspector.port, '/healthz')
    expect([stopped.status, JSON.parse(stopped.text).state]).toEqual([200, 'stopped'])
    const failing = createEngine({
      sinks: [{ name: 'broker', open: () => Promise.reject(new Error('refused')), write: () => {} }],
    })
    await expect(failing.start()).rejects.toThrow('refused')
    inspector.watch(failing)
    const failed = await ask(inspector.port, '/healthz')
    expect([failed.status, JSON.parse(failed.text)]).toEqual([503, { status: 'failed', state: 'failed' }])
    expect((await ask(inspector.port, '/readyz')).status).toBe(503)
  })

  it('forbids frames, strangers’ scripts, caching and sniffing', async () => {
    const { headers } = await ask(inspector.port, '/healthz')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('the inspector', () => {
  it('gives every run another token', async () => {
    const [first, second] = [await inspect(engine), await inspect(engine)]
    const token = (url: string): string => new URL(url).searchParams.get('token') ?? ''
    expect(token(first.url)).toMatch(/^[\w-]{32}$/)
    expect(token(first.url)).not.toBe(token(second.url))
    await first.close()
    await second.close()
  })
})
