import type { Batch, Hello } from '../../protocol.js'
import { environment, type Timer } from '../environment.js'
import { World } from '../world/world.js'
import type { FromHub, StreamStatus } from './messages.js'

/** How long nobody may look before the stream is closed. Milliseconds. */
const REST_AFTER_MS = 10_000
const RETRY_AFTER_MS = 1_000

/** One who listens: a tab. */
export interface Listener {
  visible: boolean
  tell(message: FromHub): void
}

/**
 * Holds the one stream of all tabs, and what it has told so far, so that a tab that opens later
 * begins with the whole picture. Closes it while no tab is looked at: the engine then has nothing to do.
 */
export class Hub {
  private readonly listeners = new Set<Listener>()
  private source: EventSource | undefined
  private world: World | undefined
  /** Of the last batch, so that a stream that is opened anew goes on where this one ended. */
  private last = ''
  private status: StreamStatus = 'connecting'
  private retry: Timer | undefined
  private rest: Timer | undefined

  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  get empty(): boolean {
    return this.listeners.size === 0
  }

  join(listener: Listener): void {
    this.listeners.add(listener)
    listener.tell({ kind: 'status', status: this.status })
    if (this.world !== undefined) listener.tell({ kind: 'hello', hello: this.world.toHello() })
    this.look()
  }

  leave(listener: Listener): void {
    this.listeners.delete(listener)
    this.look()
  }

  /** Opens or closes the stream, as somebody looks or nobody does. */
  look(): void {
    const looked = [...this.listeners].some(({ visible }) => visible)
    if (looked) {
      environment.clearTimeout(this.rest)
      this.rest = undefined
      if (this.source === undefined && this.retry === undefined) this.open()
      return
    }
    this.rest ??= environment.setTimeout(
      () => {
        this.rest = undefined
        this.close()
        this.say('paused')
      },
      this.empty ? 0 : REST_AFTER_MS,
    )
  }

  private close(): void {
    environment.clearTimeout(this.retry)
    this.retry = undefined
    this.source?.close()
    this.source = undefined
  }

  private open(): void {
    const last = this.last === '' ? '' : `&last=${encodeURIComponent(this.last)}`
    const source = new EventSource(`${this.base}api/stream?token=${encodeURIComponent(this.token)}${last}`)
    this.source = source
    if (this.status === 'paused') this.say('connecting')
    source.onopen = () => this.say('open')
    source.addEventListener('hello', ({ data }: MessageEvent<string>) => {
      const hello = JSON.parse(data) as Hello
      this.world = new World(hello)
      this.tell({ kind: 'hello', hello })
    })
    source.addEventListener('batch', ({ data, lastEventId }: MessageEvent<string>) => {
      this.last = lastEventId
      const batch = JSON.parse(data) as Batch
      this.world?.apply(batch)
      this.tell({ kind: 'batch', batch })
    })
    source.onerror = () => {
      if (this.status !== 'refused') this.say('lost')
      // A stream that was answered with an error is not opened again by the browser, nor does it say why.
      if (source.readyState !== EventSource.CLOSED) return
      this.close()
      this.retry = environment.setTimeout(() => this.tryAgain(), RETRY_AFTER_MS)
    }
  }

  private tryAgain(): void {
    fetch(`${this.base}api/actor?actor=0`, { headers: { 'x-outcry-token': this.token } })
      .then(({ status }) => this.say(status === 401 || status === 403 ? 'refused' : 'lost'))
      .catch(() => this.say('lost'))
      .finally(() => {
        this.retry = undefined
        if (!this.empty) this.open()
      })
  }

  private say(status: StreamStatus): void {
    if (status === this.status) return
    this.status = status
    this.tell({ kind: 'status', status })
  }

  private tell(message: FromHub): void {
    for (const listener of this.listeners) listener.tell(message)
  }
}
