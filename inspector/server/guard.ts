import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isLoopback } from './options.js'
import { Refused } from './reply.js'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0]

/**
 * Decides who may ask. A page of a stranger that the user has open must neither read nor change
 * anything: the Host must be one of the server's own names (or a name that was made to point here
 * would pass), the Origin its own address, and the token that of this run.
 */
export class Guard {
  /** Requests turned away. */
  refused = 0
  private readonly hosts: ReadonlySet<string>
  private readonly token: Buffer

  constructor(host: string, port: number, token: string) {
    const names = isLoopback(host) ? ['127.0.0.1', 'localhost', '[::1]'] : [host.includes(':') ? `[${host}]` : host]
    this.hosts = new Set(names.map((name) => `${name}:${port}`))
    this.token = digest(token)
  }

  /** Every request: it asks for this server by name, and no other page has made it. */
  admit(request: IncomingMessage): void {
    const { host, origin } = request.headers
    if (host === undefined || !this.hosts.has(host.toLowerCase()))
      throw new Refused(421, 'host', 'The Host header is none of the names of this server.')
    if (origin !== undefined && !this.isOwn(origin))
      throw new Refused(403, 'origin', 'The Origin header is not the address of this server.')
  }

  /** A request that changes something: a browser says with it where it comes from, and so must whatever else asks. */
  admitChange({ headers }: IncomingMessage): void {
    if (headers.origin === undefined) throw new Refused(403, 'origin', 'A POST needs an Origin header.')
    const site = one(headers['sec-fetch-site'])
    if (site !== undefined && site !== 'same-origin')
      throw new Refused(403, 'site', 'A POST must come from the page of this server.')
  }

  /** A request for data: not even a link of another site may lead to it. */
  admitData({ headers }: IncomingMessage): void {
    const site = one(headers['sec-fetch-site'])
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw new Refused(403, 'site', 'The request was made by another site.')
  }

  /** The token of this run, as header or in the address. */
  admitToken({ headers }: IncomingMessage, query: URLSearchParams): void {
    const given = one(headers['x-outcry-token']) ?? query.get('token') ?? ''
    // Digests have one length, so that the time of the comparison tells nothing.
    if (!timingSafeEqual(digest(given), this.token))
      throw new Refused(401, 'token', 'The token is missing or wrong: use the address that was printed at the start.')
  }

  private isOwn(origin: string): boolean {
    return origin.startsWith('http://') && this.hosts.has(origin.slice('http://'.length).toLowerCase())
  }
}
