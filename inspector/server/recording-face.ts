import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Environment, emptyLedger } from 'outcry'
import { type Batch, type Hello, type Overview, PROTOCOL } from '../protocol.js'
import { compare } from '../recording/compare.js'
import { exportPage } from '../recording/export-page.js'
import type { TraceFile } from '../recording/trace-file.js'
import { packageVersion } from '../version.js'
import { listPageFiles } from './page-files.js'
import { notFound, numberOf, textOf } from './query.js'
import { Refused, send, sendJson } from './reply.js'
import type { Face, Request } from './server.js'

/** Entries in one answer at most. */
const MOST_ENTRIES = 5_000

/** Answers about recordings: one, or two to be compared. */
export class RecordingFace implements Face {
  readonly engine = undefined
  /** A recording stands still: there is one greeting and no batch with anything in it. */
  readonly source: Face['source']

  constructor(
    private readonly files: readonly TraceFile[],
    private readonly environment: Environment,
    private readonly run: string,
  ) {
    this.source = {
      run,
      sequence: 0,
      still: true,
      hello: () => this.hello(),
      batch: () => this.nothing(),
      second: () => {},
      lookAway: () => {},
      close: () => {},
    }
  }

  get({ path, query }: Request, response: ServerResponse): boolean {
    switch (path) {
      case '/api/recording':
        sendJson(response, this.file(query).info)
        return true
      case '/api/recording/entries': {
        const limit = Math.min(numberOf(query, 'limit', 200), MOST_ENTRIES)
        sendJson(response, this.file(query).entries(numberOf(query, 'from', 1), limit))
        return true
      }
      case '/api/recording/state':
        sendJson(response, this.file(query).state(numberOf(query, 'at')))
        return true
      case '/api/recording/find':
        this.find(query, response)
        return true
      case '/api/recording/compare':
        this.compare(response)
        return true
      case '/api/recording/export':
        this.export(query, response)
        return true
      default:
        return false
    }
  }

  post(_request: Request, _incoming: IncomingMessage, _response: ServerResponse): Promise<boolean> {
    return Promise.reject(new Refused(403, 'actions', 'A recording has happened: nothing of it can be changed.'))
  }

  private file(query: URLSearchParams): TraceFile {
    const file = this.files[numberOf(query, 'run', 0)]
    if (file === undefined) throw notFound('recording')
    return file
  }

  private find(query: URLSearchParams, response: ServerResponse): void {
    const direction = query.get('direction') === 'backward' ? 'backward' : 'forward'
    const [state, event, kind, text] = ['state', 'event', 'kind', 'text'].map((name) => textOf(query, name))
    const actor = query.get('actor') ? numberOf(query, 'actor') : undefined
    const given = { state, event, kind, text, actor }
    const breakpoint = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    if (Object.keys(breakpoint).length === 0)
      throw new Refused(400, 'query', 'Say what to look for: state, event, kind, actor or text.')
    sendJson(response, this.file(query).find(numberOf(query, 'from', 1), breakpoint, direction))
  }

  private compare(response: ServerResponse): void {
    const [first, second] = this.files
    if (first === undefined || second === undefined) throw notFound('second recording')
    sendJson(response, compare(first, second))
  }

  private export(query: URLSearchParams, response: ServerResponse): void {
    const file = this.file(query)
    const from = numberOf(query, 'from', 1)
    const html = exportPage(file, listPageFiles(), from, numberOf(query, 'to', file.info.entries))
    if (html === undefined) throw new Refused(503, 'page', 'The page is not in this package.')
    const name = `${file.info.file.replace(/[^\w.-]/g, '_')}.html`
    send(response, 200, 'text/html; charset=utf-8', html, { 'content-disposition': `attachment; filename="${name}"` })
  }

  private hello(): Hello {
    const info = this.files[0]?.info
    const at = this.environment.now()
    return {
      protocol: PROTOCOL,
      mode: 'recording',
      run: this.run,
      version: packageVersion,
      at,
      clock: info?.from ?? at,
      since: info?.startedAt ?? at,
      allowActions: false,
      intervalMs: 0,
      machines: info?.machines ?? {},
      actors: [],
      figures: [],
      series: [],
      overview: NOTHING,
      recordings: this.files.map(({ info: { file } }) => file),
    }
  }

  private nothing(): Batch {
    const at = this.environment.now()
    return { sequence: 0, at, clock: at, overview: NOTHING, skipped: { steps: 0, messages: 0, changes: 0, facts: 0 } }
  }
}

const NOTHING: Overview = {
  state: 'recorded',
  queue: { depth: 0, highWater: 0, capacity: 0 },
  ledger: emptyLedger(),
  health: { status: 'healthy', reasons: [] },
  halts: [],
  breakers: {},
  latencyMs: { p50: 0, p99: 0, max: 0 },
  signals: 0,
  heapUsedMb: 0,
  loopDelayMs: 0,
}
