import type { ServerResponse } from 'node:http'
import type { Batch, Hello } from '../protocol.js'
import { beginEvents, Refused } from './reply.js'

/** Pages at a time; the tabs of one browser share one. */
const MAX_CLIENTS = 16
/** Batches kept for pages that were cut off: five seconds. */
const KEPT = 50
/** Bytes that may wait for one page before it is passed over. */
const MAX_WAITING_BYTES = 1_048_576

export interface StreamSource {
  readonly run: string
  /** Number of the last batch. */
  readonly sequence: number
  /** It never changes: a page is greeted and told nothing more. */
  readonly still?: boolean
  hello(): Hello
  batch(): Batch
}

interface Client {
  readonly response: ServerResponse
  /** It has missed batches, so it gets everything anew once it has caught up. */
  behind: boolean
}

/** Sends batches to every page: made once, written as one text to all. */
export class StreamHub {
  private readonly clients = new Set<Client>()
  private readonly kept: { readonly sequence: number; readonly text: string }[] = []

  constructor(private source: StreamSource) {}

  get size(): number {
    return this.clients.size
  }

  /** Another run: every page begins anew. */
  switchTo(source: StreamSource): void {
    this.source = source
    this.kept.length = 0
    for (const client of this.clients) client.behind = true
  }

  /** @param lastEventId What the page had seen, if it was here before: `run:sequence`. */
  add(response: ServerResponse, lastEventId: string | undefined, onGone: () => void): void {
    if (this.clients.size >= MAX_CLIENTS) throw new Refused(503, 'streams', `There are ${MAX_CLIENTS} pages already.`)
    const client: Client = { response, behind: false }
    beginEvents(response)
    response.write('retry: 1000\n\n')
    const missed = this.missedBy(lastEventId)
    if (missed === undefined) this.greet(client)
    else for (const text of missed) response.write(text)
    this.clients.add(client)
    response.on('close', () => {
      this.clients.delete(client)
      onGone()
    })
    response.on('error', () => response.destroy())
  }

  tick(): void {
    const batch = this.source.batch()
    const text = `id: ${this.source.run}:${batch.sequence}\nevent: batch\ndata: ${JSON.stringify(batch)}\n\n`
    this.kept.push({ sequence: batch.sequence, text })
    if (this.kept.length > KEPT) this.kept.shift()
    for (const client of this.clients) {
      if (client.response.writableLength > MAX_WAITING_BYTES) client.behind = true
      else if (client.behind) this.greet(client)
      else client.response.write(text)
    }
  }

  /** Keeps a connection alive that nothing is sent on. */
  ping(): void {
    for (const { response } of this.clients) response.write(': still here\n\n')
  }

  /** Forgets what was kept for pages that come back. */
  forget(): void {
    this.kept.length = 0
  }

  close(): void {
    for (const { response } of this.clients) response.end()
    this.clients.clear()
  }

  private greet(client: Client): void {
    client.behind = false
    const hello = this.source.hello()
    client.response.write(
      `id: ${this.source.run}:${this.source.sequence}\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n`,
    )
  }

  /** What came after an event; undefined where it is not known any more. */
  private missedBy(lastEventId: string | undefined): string[] | undefined {
    const cut = lastEventId?.lastIndexOf(':') ?? -1
    if (lastEventId === undefined || cut < 0 || lastEventId.slice(0, cut) !== this.source.run) return undefined
    const seen = Number(lastEventId.slice(cut + 1))
    const first = this.kept[0]
    if (!Number.isInteger(seen) || first === undefined || seen < first.sequence - 1) return undefined
    if (seen > (this.kept.at(-1)?.sequence ?? 0)) return undefined
    return this.kept.filter(({ sequence }) => sequence > seen).map(({ text }) => text)
  }
}
