import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { httpFeed } from '../../../src/feeds/http/index.js'
import { createEngine, createSystemEnvironment, type Environment, type Feed, news } from '../../../src/index.js'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server on a loopback port that counts and can cut its sockets. */
class Origin {
  sockets = 0
  requests = 0
  readonly open = new Set<Socket>()
  readonly url: string

  private constructor(private readonly server: Server) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(handler: Handler): Promise<Origin> {
    let origin: Origin | undefined
    const server = createServer((request, response) => {
      if (origin !== undefined) origin.requests += 1
      handler(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const started = new Origin(server)
    origin = started
    server.on('connection', (socket) => {
      started.sockets += 1
      started.open.add(socket)
      socket.on('close', () => started.open.delete(socket))
    })
    return started
  }

  cut(): void {
    for (const socket of this.open) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

const origins: Origin[] = []
const serve = async (handler: Handler): Promise<Origin> => {
  const origin = await Origin.start(handler)
  origins.push(origin)
  return origin
}
afterEach(async () => {
  for (const origin of origins.splice(0)) await origin.stop()
})

const json = (response: ServerResponse, body: unknown): void => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

interface Gap {
  readonly fromTimestamp?: number
  readonly toTimestamp?: number
  readonly reason?: string
}

interface Page {
  readonly items: readonly { readonly id: string; readonly title: string }[]
}
const toItems = (body: unknown) =>
  (body as Page).items.map(({ id, title }) => news({ id, source: 'vendor', headline: title }))

/** Runs an engine over the feed to the feed's end. */
/** An environment whose chance is told, and what was waited for in it: the engine's own waits are longer than any of a feed's. */
function timed(random: (stream: string) => number = () => 0) {
  const waits: number[] = []
  const environment = createSystemEnvironment()
  const { watch } = environment
  environment.random = random
  environment.watch = (callback, delayMs) => {
    if (delayMs < 500) waits.push(delayMs)
    return watch.call(environment, callback, delayMs)
  }
  return { environment, waits }
}

/** Plays a feed to its end. */
async function played(feed: Feed, environment: Environment): Promise<void> {
  const engine = createEngine({ environment, feeds: [feed] })
  await engine.start()
  await engine.finished()
  await engine.stop()
}

const run = async (feed: Feed) => {
  const types: string[] = []
  const engine = createEngine({ feeds: [feed] })
  engine.subscribe(['*'], (event) => {
    if (!event.type.startsWith('system.')) types.push(event.type)
  })
  await engine.start()
  await engine.finished()
  const { events } = engine.ledger()
  await engine.stop()
  return { types, events }
}

describe('a feed over HTTP', () => {
  it('makes 1,000 requests on no more sockets than its pool has (row 3459)', async () => {
    const origin = await serve((request, response) =>
      json(response, { items: [{ id: `i:${request.url}`, title: 'a' }] }),
    )
    const urls = Array.from({ length: 50 }, (_, at) => `${origin.url}/page/${at}`) as [string, ...string[]]
    const { events } = await run(httpFeed({ urls, toItems, pollMs: 10, rounds: 20, connections: 3 }))
    expect(origin.requests).toBe(1_000)
    expect(origin.sockets).toBeLessThanOrEqual(3)
    expect(events).toMatchObject({ published: 1_000, accepted: 50, duplicate: 950, invalid: 0 })
  })

  it('cases: waits longer with each connection that brings no answer, and begins anew with an answer alone', async () => {
    const { environment, waits } = timed()
    let asked = 0
    const origin = await serve((request, response) => {
      asked += 1
      if (asked === 4 || asked === 6) {
        json(response, { items: [] })
        return
      }
      // It takes the connection and the request, and begins an answer that never comes.
      response.writeHead(200, { 'content-length': '100' })
      response.write('[', () => request.socket.destroy())
    })
    const backoff = { minMs: 10, maxMs: 400 }
    const feed = httpFeed({ urls: [origin.url], toItems, pollMs: 13, rounds: 6, backoff, breaker: false })
    await played(feed, environment)
    expect(waits).toEqual([5, 10, 20, 13, 5])
  })

  it('cases: draws half of each wait by chance, from a stream of its own', async () => {
    const { environment, waits } = timed((stream) => (stream === 'http:wire' ? 0.5 : 0))
    const origin = await serve((_request, response) => void response.writeHead(503).end())
    const backoff = { minMs: 20, maxMs: 400 }
    const feed = httpFeed({ name: 'wire', urls: [origin.url], toItems, pollMs: 13, rounds: 4, backoff, breaker: false })
    await played(feed, environment)
    expect(waits).toEqual([15, 30, 60])
  })

  it('cases: asks each of its addresses again once it is back, and tells of one gap', async () => {
    const asked: Record<string, number> = {}
    const origin = await serve((request, response) => {
      const { url = '' } = request
      asked[url] = (asked[url] ?? 0) + 1
      if (url === '/b' && (asked[url] === 2 || asked[url] === 3)) request.socket.destroy()
      else json(response, { items: [{ id: `${url}:${asked[url]}`, title: url }] })
    })
    const urls = ['/a', '/b', '/c'].map((path) => origin.url + path) as [string, ...string[]]
    const feed = httpFeed({ urls, toItems, pollMs: 10, rounds: 5, backoff: { minMs: 10, maxMs: 20 }, breaker: false })
    const { types, events } = await run(feed)
    expect(types.filter((type) => type !== 'news')).toEqual(['feed.disconnected', 'feed.connected', 'feed.gap'])
    expect(asked).toEqual({ '/a': 5, '/b': 5, '/c': 5 })
    // Of each address what came after the gap, and of those that did answer what came during it.
    expect(events).toMatchObject({ invalid: 0, duplicate: 0 })
    expect(types.filter((type) => type === 'news')).toHaveLength(13)
  })

  it('cases: waits longer with each round as long as one of its addresses is down, though the others answer', async () => {
    const { environment, waits } = timed()
    let rounds = 0
    const origin = await serve((request, response) => {
      if (request.url === '/down') rounds += 1
      if (request.url === '/down' && rounds < 4) response.writeHead(503).end()
      else json(response, { items: [] })
    })
    const urls = [`${origin.url}/up`, `${origin.url}/down`] as [string, ...string[]]
    const backoff = { minMs: 20, maxMs: 400 }
    const feed = httpFeed({ urls, toItems, pollMs: 13, rounds: 5, backoff, breaker: false })
    await played(feed, environment)
    expect(waits).toEqual([10, 20, 40, 13])
  })

  it('cases: comes back after its sockets were cut, and tells of the time between as a gap', async () => {
    let asked = 0
    const origin = await serve((request, response) => {
      asked += 1
      if (asked === 2 || asked === 3) request.socket.destroy()
      else json(response, { items: [{ id: `n:${asked}`, title: 'a' }] })
    })
    const feed = httpFeed({ urls: [origin.url], toItems, pollMs: 10, rounds: 5, backoff: { minMs: 10, maxMs: 20 } })
    const { types, events } = await run(feed)
    expect(types.toSorted()).toEqual(['feed.connected', 'feed.disconnected', 'feed.gap', 'news', 'news', 'news'])
    // Of the facts, which share a lane with each other, the order is that in which it happened.
    expect(types.filter((type) => type !== 'news')).toEqual(['feed.disconnected', 'feed.connected', 'feed.gap'])
    expect(events.invalid).toBe(0)
  })

  it('waits as long as the server asks for, and reads nothing that is as it was', async () => {
    const times: number[] = []
    const tags: (string | undefined)[] = []
    const origin = await serve((request, response) => {
      times.push(performance.now())
      tags.push(request.headers['if-none-match'])
      if (times.length === 1) {
        response.statusCode = 429
        response.setHeader('retry-after', '1')
        response.end('slow down')
      } else if (request.headers['if-none-match'] === '"v1"') {
        response.statusCode = 304
        response.end()
      } else {
        response.setHeader('etag', '"v1"')
        json(response, { items: [{ id: 'n:1', title: 'a' }] })
      }
    })
    const feed = httpFeed({ urls: [origin.url], toItems, pollMs: 10, rounds: 4, backoff: { minMs: 10, maxMs: 5_000 } })
    const { events } = await run(feed)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990)
    expect(tags).toEqual([undefined, undefined, '"v1"', '"v1"'])
    expect(events).toMatchObject({ duplicate: 0, invalid: 0 })
  })

  it('cases: waits as long as any of its addresses asks for, be another one failing as well and its own backoff shorter', async () => {
    const times: number[] = []
    const origin = await serve((request, response) => {
      if (request.url === '/down') {
        response.writeHead(500).end()
        return
      }
      times.push(performance.now())
      response.writeHead(429, { 'retry-after': '1' }).end()
    })
    const urls = [`${origin.url}/down`, `${origin.url}/limited`] as const
    await run(httpFeed({ urls: [...urls], toItems, pollMs: 10, rounds: 2, backoff: { minMs: 10, maxMs: 20 } }))
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it('cases: tells of no gap that ends before it began, though the wall clock was set back meanwhile', async () => {
    let asked = 0
    let offsetMs = 0
    const origin = await serve((_request, response) => {
      asked += 1
      if (asked === 2) offsetMs = -86_400_000
      if (asked === 2 || asked === 3) response.writeHead(500).end()
      else json(response, { items: [] })
    })
    const system = createSystemEnvironment()
    const environment = new Proxy(system, {
      get(target, name) {
        if (name === 'now') return () => target.now() + offsetMs
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const feed = httpFeed({ urls: [origin.url], toItems, pollMs: 10, rounds: 4, backoff: { minMs: 10, maxMs: 20 } })
    const gaps: Gap[] = []
    const engine = createEngine({ environment, feeds: [feed] })
    engine.subscribe(['feed.gap'], ({ payload }) => void gaps.push(payload as Gap))
    await engine.start()
    await engine.finished()
    await engine.stop()
    expect(gaps).toHaveLength(1)
    const [{ fromTimestamp = 0, toTimestamp = 0, reason } = {} as Gap] = gaps
    expect(toTimestamp).toBe(fromTimestamp)
    expect(reason).toContain('set back')
  })

  it('cases: counts an answer that is no JSON, too large or not as expected, and one bad element loses nothing else', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/broken') response.end('<html>')
      else if (request.url === '/other') json(response, { records: [] })
      else if (request.url === '/large') response.end(`"${'x'.repeat(5_000)}"`)
      else json(response, { items: [{ id: 'n:1', title: 'a' }, { id: 'n:2' }, { id: 'n:3', title: 'c' }] })
    })
    const item = (body: unknown) =>
      (body as Page).items.map(({ id, title }) => ({ type: 'news', id, payload: { headline: title } }))
    const urls = [`${origin.url}/good`, `${origin.url}/broken`, `${origin.url}/other`] as const
    const good = await run(httpFeed({ urls: [...urls], toItems: item, rounds: 1 }))
    expect(good.events).toMatchObject({ published: 5, accepted: 2, invalid: 3 })
    const large = await run(httpFeed({ urls: [`${origin.url}/large`], toItems: item, rounds: 1, maxBytes: 1_000 }))
    expect(large.types).toEqual(['feed.disconnected'])
  })

  it('cases: keeps what was made of an answer before one of its elements could not be', async () => {
    const origin = await serve((_request, response) =>
      json(response, { items: [{ id: 'n:1', title: 'a' }, { id: 'n:2', title: 'b' }, { id: 'n:3' }] }),
    )
    const oneByOne = function* (body: unknown) {
      for (const { id, title } of (body as Page).items) {
        if (title === undefined) throw new Error(`${id} has no title`)
        yield news({ id, source: 'vendor', headline: title })
      }
    }
    const { types, events } = await run(httpFeed({ urls: [origin.url], toItems: oneByOne, rounds: 1 }))
    expect(types).toEqual(['news', 'news'])
    expect(events).toMatchObject({ published: 3, accepted: 2, invalid: 1 })
  })

  it('asks nothing while its circuit breaker http:<name> gives no leave, and goes on by itself', async () => {
    let asked = 0
    const origin = await serve((_request, response) => {
      asked += 1
      if (asked <= 3) response.writeHead(503).end()
      else json(response, { items: [{ id: `n:${asked}`, title: 'a' }] })
    })
    const feed = httpFeed({
      name: 'wire',
      urls: [origin.url],
      toItems,
      pollMs: 10,
      rounds: 5,
      backoff: { minMs: 10, maxMs: 20 },
      breaker: { minimumCalls: 3, openTime: 300 },
    })
    const moves: [number, string][] = []
    const engine = createEngine({ feeds: [feed] })
    expect(engine.breaker('http:wire').state).toBe('closed')
    const types: string[] = []
    engine.subscribe(['feed.*', 'news'], ({ type }) => void types.push(type))
    await engine.start()
    let last = ''
    const watch = setInterval(() => {
      const { state } = engine.breaker('http:wire')
      if (state !== last) moves.push([asked, state])
      last = state
    }, 5)
    await engine.finished()
    clearInterval(watch)
    // The rounds that were turned away are not counted, so the feed still gets its five.
    expect(asked).toBe(5)
    expect(moves.find(([, state]) => state === 'open')?.[0]).toBe(3)
    expect(engine.breaker('http:wire').reading()).toMatchObject({
      state: 'closed',
      counts: { opened: 1, failed: 3, ok: 2 },
    })
    expect(types.filter((type) => type !== 'news')).toEqual(['feed.disconnected', 'feed.connected', 'feed.gap'])
    await engine.stop()
  })

  it('cases: an answer that its breaker ignores decides nothing, be it a probe or not', async () => {
    const origin = await serve((_request, response) => void response.writeHead(404).end())
    const feed = httpFeed({
      name: 'wire',
      urls: [origin.url],
      toItems,
      pollMs: 10,
      rounds: 5,
      backoff: { minMs: 10, maxMs: 20 },
      breaker: {
        minimumCalls: 1,
        halfOpen: { permits: 1 },
        openTime: 20,
        ignore: (error) => String(error).includes('404'),
      },
    })
    const engine = createEngine({ feeds: [feed] })
    await engine.start()
    engine.breaker('http:wire').trip()
    await engine.finished()
    const { state, counts } = engine.breaker('http:wire').reading()
    expect(state).toBe('halfOpen')
    expect(counts).toMatchObject({ ok: 0, failed: 0 })
    expect(counts.undecided).toBeGreaterThanOrEqual(4)
    await engine.stop()
  })

  it('is isolated and reset by a person: it says that it is cut off and asks nothing until then', async () => {
    let asked = 0
    const origin = await serve((_request, response) => {
      asked += 1
      json(response, { items: [{ id: `n:${asked}`, title: 'a' }] })
    })
    const engine = createEngine({ feeds: [httpFeed({ name: 'wire', urls: [origin.url], toItems, pollMs: 10 })] })
    const reasons: unknown[] = []
    const next = (type: string): Promise<void> =>
      new Promise((resolve) => {
        const off = engine.subscribe([type], ({ payload }) => {
          reasons.push((payload as { reason?: string }).reason)
          off()
          resolve()
        })
      })
    await engine.start()
    await next('news')
    const cut = next('feed.disconnected')
    engine.breaker('http:wire').isolate()
    await cut
    const before = asked
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(asked).toBe(before)
    expect(reasons).toEqual([undefined, 'the breaker http:wire is isolated'])
    const back = next('feed.gap')
    engine.breaker('http:wire').reset()
    await back
    expect(asked).toBeGreaterThan(before)
    await engine.stop()
  })

  it('of many addresses tries one when its breaker is half-open, and then all', async () => {
    const asked: string[] = []
    const origin = await serve((request, response) => {
      // Down for one round, in which its breaker opens.
      if (asked.push(request.url ?? '') <= 6) response.writeHead(500).end()
      else json(response, { items: [{ id: `n:${request.url}`, title: 'a' }] })
    })
    const urls = Array.from({ length: 6 }, (_, at) => `${origin.url}/${at}`) as [string, ...string[]]
    const feed = httpFeed({
      urls,
      toItems,
      pollMs: 10,
      rounds: 3,
      backoff: { minMs: 10, maxMs: 20 },
      breaker: { openTime: 200 },
    })
    const engine = createEngine({ feeds: [feed] })
    await engine.start()
    await engine.finished()
    expect(asked.slice(6)).toEqual(['/0', ...urls.map((url) => new URL(url).pathname)])
    expect(engine.ledger().events).toMatchObject({ invalid: 0, duplicate: 1 })
    await engine.stop()
  })

  it('has no breaker where it wants none, and says which option of its breaker cannot be used', async () => {
    const urls = ['http://127.0.0.1:9/'] as const
    const free = createEngine({ feeds: [httpFeed({ urls: [...urls], toItems, breaker: false })] })
    expect(free.breakers.total).toBe(0)
    expect(() => httpFeed({ urls: [...urls], toItems, breaker: { failureRate: 2 } })).toThrow(
      /^httpFeed\.breaker\.failureRate is 2/,
    )
    const two = createEngine({
      feeds: [httpFeed({ urls: [...urls], toItems }), httpFeed({ urls: ['http://127.0.0.1:9/more'], toItems })],
    })
    expect([...two.breakers.byName.keys()]).toEqual(['http:http://127.0.0.1:9'])
  })

  it('cases: notices a server that takes the connection and stays mute, whose next answer tells of the gap', async () => {
    let asked = 0
    const origin = await serve((_request, response) => {
      asked += 1
      if (asked > 1) json(response, { items: [{ id: `n:${asked}`, title: 'a' }] })
    })
    const feed = httpFeed({
      urls: [origin.url],
      toItems,
      pollMs: 10,
      rounds: 2,
      timeoutMs: 300,
      backoff: { minMs: 10, maxMs: 20 },
    })
    const { types, events } = await run(feed)
    expect(types.filter((type) => type !== 'news')).toEqual(['feed.disconnected', 'feed.connected', 'feed.gap'])
    expect(types.filter((type) => type === 'news')).toHaveLength(1)
    expect(events.invalid).toBe(0)
  })

  it('cases: is not cut off while it is quiet: neither pages as they were, nor empty ones, nor none are a failure', async () => {
    let asked = 0
    const origin = await serve((request, response) => {
      asked += 1
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end()
      else if (asked > 8) response.writeHead(204).end()
      else {
        if (asked > 4) response.setHeader('etag', '"v1"')
        json(response, { items: asked === 1 ? [{ id: 'n:1', title: 'a' }] : [] })
      }
    })
    const backoff = { minMs: 10, maxMs: 20 }
    const { types, events } = await run(httpFeed({ urls: [origin.url], toItems, pollMs: 10, rounds: 12, backoff }))
    expect(asked).toBe(12)
    expect(types).toEqual(['news'])
    expect(events).toMatchObject({ published: 1, accepted: 1, invalid: 0 })
  })

  it.each([200, 500])('gives up an answer %i that comes byte by byte and never ends', async (status) => {
    const origin = await serve((request, response) => {
      response.writeHead(status)
      const trickle = setInterval(() => response.write(' '), 5)
      request.on('close', () => clearInterval(trickle))
    })
    const feed = httpFeed({ urls: [`${origin.url}/x`], toItems: () => [], timeoutMs: 60, rounds: 1 })
    const engine = createEngine({ feeds: [feed] })
    await engine.start()
    await engine.finished()
    expect(origin.requests).toBe(1)
    // What is accepted is that the feed was disconnected.
    expect(engine.ledger().events).toMatchObject({ accepted: 1, invalid: 0 })
    await engine.stop()
  })

  it('takes no content for nothing new, and leaves out a byte order mark', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/none') response.writeHead(204).end()
      else response.end(`\uFEFF${JSON.stringify({ items: [] })}`)
    })
    const urls = [`${origin.url}/none`, `${origin.url}/marked`] as const
    const engine = createEngine({
      feeds: [httpFeed({ urls, toItems: (body) => (body as Page).items as [], rounds: 1 })],
    })
    await engine.start()
    await engine.finished()
    expect(engine.ledger().events).toMatchObject({ published: 0, invalid: 0 })
    await engine.stop()
  })

  it('is over as soon as the engine stops, whatever it waits for, and keeps no socket', async () => {
    let held: (() => void) | undefined
    const asked = new Promise<void>((resolve) => {
      held = resolve
    })
    const origin = await serve(() => held?.())
    const engine = createEngine({ feeds: [httpFeed({ urls: [origin.url], toItems })] })
    await engine.start()
    await asked
    const report = await engine.stop({ timeoutMs: 2_000 })
    expect(report.abandoned).toEqual([])
    for (let turn = 0; turn < 100 && origin.open.size > 0; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(origin.open.size).toBe(0)
  })

  it('refuses options that do not fit, naming path and value', () => {
    const url = 'http://127.0.0.1:1'
    expect(() => httpFeed({ urls: ['ftp://127.0.0.1'], toItems })).toThrow('httpFeed.urls.0')
    expect(() => httpFeed({ urls: [url, 'http://127.0.0.2'], toItems })).toThrow('one origin')
    expect(() => httpFeed({ urls: [url], toItems, pollMs: 1 })).toThrow('httpFeed.pollMs')
    expect(() => httpFeed({ urls: [url], toItems, backoff: { minMs: 100, maxMs: 50 } })).toThrow('backoff.minMs')
    expect(() => httpFeed({ urls: [url], toItems, retries: 3 } as never)).toThrow('httpFeed.retries')
  })
})
