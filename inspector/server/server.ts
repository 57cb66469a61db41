import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Engine, type Environment, isOutcryError, OutcryError, type Timer } from 'outcry'
import { readMetrics } from '../metrics/readings.js'
import { METRICS_TYPE, metricsText } from '../metrics/text.js'
import { Guard } from './guard.js'
import type { CheckedOptions } from './options.js'
import { listPageFiles, readPageFile } from './page-files.js'
import { sendLiveness, sendReadiness } from './probes.js'
import { Refused, send, sendRefusal } from './reply.js'
import { StreamHub, type StreamSource } from './stream-hub.js'

const BATCH_MS = 100
const SECOND_MS = 1_000
const PING_MS = 15_000
/** Goes on collecting for a page that was cut off. Milliseconds. */
const LINGER_MS = 5_000
const MAX_CONNECTIONS = 256
const MAX_URL_CHARACTERS = 8_192

export interface Request {
  readonly path: string
  readonly query: URLSearchParams
}

/** What the server shows: a running engine, or a recording. */
export interface Face {
  readonly source: StreamSource & { second(): void; lookAway(): void; close(): void }
  readonly engine: Engine | undefined
  /** False if it has no answer to that path. */
  get(request: Request, response: ServerResponse): boolean | Promise<boolean>
  post(request: Request, incoming: IncomingMessage, response: ServerResponse): Promise<boolean>
}

export interface ServerPorts {
  readonly options: CheckedOptions
  readonly token: string
  readonly environment: Environment
  readonly face: Face
}

const HINT = 'The page is not in this package: run `npm run build` in the repository.'

/** The inspector's server. It makes batches only while a page is connected, or was a moment ago. */
export class InspectorServer {
  private readonly server: Server
  private readonly files = listPageFiles()
  private readonly hub: StreamHub
  private guard: Guard | undefined
  private face: Face
  private batches: Timer | undefined
  private seconds: Timer | undefined
  private lastGoneAt = Number.NEGATIVE_INFINITY
  private pingedAt = 0
  private closed = false
  private readonly waiting = new Set<() => void>()

  constructor(private readonly ports: ServerPorts) {
    this.face = ports.face
    this.hub = new StreamHub(ports.face.source)
    this.server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 }, (request, response) => {
      void this.answer(request, response)
    })
    this.server.maxConnections = MAX_CONNECTIONS
  }

  get url(): string {
    return `${this.address}/?token=${this.ports.token}`
  }

  get address(): string {
    const { host } = this.ports.options
    return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${this.port}`
  }

  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0
  }

  /** Pages connected at present. */
  get pages(): number {
    return this.hub.size
  }

  /** @throws {OutcryError} OUTCRY_INSPECTOR_FAILED if it cannot listen there. */
  listen(): Promise<void> {
    const { host, port } = this.ports.options
    return new Promise((resolve, reject) => {
      this.server.once('error', (cause: NodeJS.ErrnoException) => {
        const why = cause.code === 'EADDRINUSE' ? 'the port is taken' : cause.message
        reject(
          new OutcryError('OUTCRY_INSPECTOR_FAILED', `The inspector cannot listen on ${host}:${port}: ${why}`, {
            cause,
          }),
        )
      })
      this.server.listen(port, host.replace(/^\[|\]$/g, ''), () => {
        this.guard = new Guard(host, this.port, this.ports.token)
        this.everySecond()
        resolve()
      })
    })
  }

  /** Shows another engine from now on. */
  show(face: Face): void {
    this.face.source.close()
    this.face = face
    this.hub.switchTo(face.source)
    if (this.hub.size > 0) this.makeBatches()
  }

  /** Resolves once no page is connected any more. */
  whenAlone(): Promise<void> {
    if (this.hub.size === 0 || this.closed) return Promise.resolve()
    return new Promise((resolve) => this.waiting.add(resolve))
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    const { environment } = this.ports
    environment.unwatch(this.batches)
    environment.unwatch(this.seconds)
    this.hub.close()
    this.face.source.close()
    this.tellWaiting()
    const ended = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.server.closeAllConnections()
    await ended
  }

  private everySecond(): void {
    this.seconds = this.ports.environment.watch(() => {
      this.face.source.second()
      const now = this.ports.environment.monotonic()
      if (now - this.pingedAt >= PING_MS) {
        this.pingedAt = now
        this.hub.ping()
      }
      this.everySecond()
    }, SECOND_MS)
  }

  private makeBatches(): void {
    if (this.batches !== undefined || this.closed || this.face.source.still === true) return
    const { environment } = this.ports
    const tick = (): void => {
      this.batches = undefined
      const alone = this.hub.size === 0
      if (alone && environment.monotonic() - this.lastGoneAt >= LINGER_MS) {
        this.face.source.lookAway()
        this.hub.forget()
        return
      }
      this.hub.tick()
      this.batches = environment.watch(tick, BATCH_MS)
    }
    this.batches = environment.watch(tick, BATCH_MS)
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.route(request, response)
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy()
      else sendRefusal(response, refusalOf(error))
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { guard } = this
    const { url = '/', method = 'GET' } = request
    guard?.admit(request)
    if (url.length > MAX_URL_CHARACTERS) throw new Refused(414, 'url', 'The address is too long.')
    const asked = parse(url)
    if (method === 'POST') {
      guard?.admitChange(request)
      guard?.admitToken(request, new URLSearchParams())
      if (!(await this.face.post(asked, request, response))) throw nothingAt(asked.path)
      return
    }
    if (method !== 'GET' && method !== 'HEAD') throw new Refused(405, 'method', `${method} is not answered here.`)
    if (asked.path.startsWith('/api/')) {
      guard?.admitData(request)
      guard?.admitToken(request, asked.query)
      await this.data(asked, request, response)
    } else {
      this.open(asked, request, response)
    }
  }

  private async data(asked: Request, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (asked.path === '/api/stream') {
      const last = request.headers['last-event-id'] ?? asked.query.get('last') ?? undefined
      this.hub.add(response, typeof last === 'string' ? last : undefined, () => this.gone())
      this.makeBatches()
      return
    }
    if (!(await this.face.get(asked, response))) throw nothingAt(asked.path)
  }

  /** What needs no token: the page's own files, which hold no data, and what monitors ask for. */
  private open(asked: Request, request: IncomingMessage, response: ServerResponse): void {
    const { path, query } = asked
    if (path === '/healthz') {
      sendLiveness(response, this.face.engine)
      return
    }
    if (path === '/readyz') {
      sendReadiness(response, this.face.engine)
      return
    }
    if (path === '/metrics') {
      const { engine } = this.face
      if (engine === undefined) throw nothingAt(path)
      send(response, 200, METRICS_TYPE, metricsText(readMetrics(engine)))
      return
    }
    const root = path === '/'
    if (root) this.guard?.admitToken(request, query)
    const file = this.files.get(root ? '/index.html' : path)
    if (file === undefined) throw root ? new Refused(503, 'page', HINT) : nothingAt(path)
    send(response, 200, file.type, readPageFile(file))
  }

  private gone(): void {
    this.lastGoneAt = this.ports.environment.monotonic()
    if (this.hub.size === 0) this.tellWaiting()
  }

  private tellWaiting(): void {
    for (const resolve of this.waiting) resolve()
    this.waiting.clear()
  }
}

function parse(url: string): Request {
  // Taken apart by hand: URL would resolve the dots of a path that has no business here.
  const cut = url.indexOf('?')
  const path = cut < 0 ? url : url.slice(0, cut)
  if (!path.startsWith('/')) throw new Refused(400, 'url', 'The address must be a path.')
  return { path, query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)) }
}

const nothingAt = (path: string): Refused => new Refused(404, 'not-found', `There is nothing at ${path.slice(0, 200)}.`)

function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error
  if (isOutcryError(error)) return new Refused(400, error.code, error.message)
  return new Refused(500, 'failed', error instanceof Error ? error.message : String(error))
}
