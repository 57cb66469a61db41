import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Action } from '../../inspector/protocol.js'
import { FakeProducer } from './fake.js'

const PAGE = fileURLToPath(new URL('../../dist/inspector/page/', import.meta.url))

/** As strict as the real server's. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
}

export interface PageServer {
  readonly url: string
  readonly fake: FakeProducer
  readonly actions: Action[]
  /** How many streams are open. */
  streams(): number
  close(): Promise<void>
}

interface PageServerOptions {
  readonly strategies?: number
  readonly intervalMs?: number
  readonly port?: number
  /** Answers as if the token were another run's. */
  readonly refuse?: boolean
}

/** Serves the built page, under the real policy, with the fake producer behind it. */
export async function servePage(options: PageServerOptions = {}): Promise<PageServer> {
  const fake = new FakeProducer({ strategies: options.strategies ?? 30 })
  const actions: Action[] = []
  const streams = new Set<ServerResponse>()
  const begin = fake.hello().at
  let ticks = 0
  const now = (): number => begin + ticks * 100
  const server: Server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  const json = (response: ServerResponse, value: unknown): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const number = (name: string): number => Number(searchParams.get(name) ?? 0)
    if (options.refuse === true && pathname.startsWith('/api/')) {
      response.writeHead(401).end()
      return
    }
    switch (pathname) {
      case '/api/stream':
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        response.write(`event: hello\ndata: ${JSON.stringify(fake.hello(now()))}\n\n`)
        streams.add(response)
        response.on('close', () => streams.delete(response))
        return
      case '/api/actor':
        return json(response, fake.actor(number('actor'), now()))
      case '/api/sequence':
        return json(response, fake.sequencePage(number('after'), now()))
      case '/api/dead-letters':
        return json(response, fake.deadLetters(number('offset'), number('limit')))
      case '/api/dead-letter': {
        const letter = fake.deadLetters(0, 1_000).letters.find(({ id }) => id === searchParams.get('id'))
        return json(response, {
          ...letter,
          code: 'E_PRICE',
          stack: ['at price (momentum.js:12:9)'],
          returns: 0,
          bytes: 812,
        })
      }
      case '/api/action': {
        const parts: Buffer[] = []
        for await (const part of request) parts.push(part as Buffer)
        const action = JSON.parse(Buffer.concat(parts).toString()) as Action
        actions.push(action)
        return json(response, fake.act(action))
      }
      default: {
        const name = pathname === '/' ? 'index.html' : pathname.slice(1)
        const body = await readFile(join(PAGE, name)).catch(() => undefined)
        if (body === undefined) {
          response.writeHead(404).end()
          return
        }
        response.writeHead(200, {
          'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
          'content-security-policy': POLICY,
        })
        response.end(body)
      }
    }
  }
  const timer = setInterval(() => {
    ticks += 1
    if (streams.size === 0) return
    const batch = fake.batch(now())
    for (const stream of streams)
      stream.write(`id: fake:${batch.sequence}\nevent: batch\ndata: ${JSON.stringify(batch)}\n\n`)
  }, options.intervalMs ?? 100)
  await new Promise<void>((done) => server.listen(options.port ?? 0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=fake`,
    fake,
    actions,
    streams: () => streams.size,
    close: () => {
      clearInterval(timer)
      for (const stream of streams) stream.destroy()
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}
