import type { Environment, Timer } from '../environment/environment.js'
import type { Feed } from '../feeds/feed.js'
import { bar, count, duration, line } from './format.js'
import type { Output, Paint } from './terminal.js'

const INTERVAL_MS = 120
const BAR_COLUMNS = 28

/** What is drawn: how far the feeds have been read and how much was settled. */
export interface ProgressView {
  /** 0 to 1; undefined where some feed does not know its length. */
  readonly share: number | undefined
  readonly events: number
  readonly elapsedMs: number
}

/** One line for a terminal of so many columns: bar, share, events, rate and time to go. */
export function progressLine({ share, events, elapsedMs }: ProgressView, paint: Paint, columns: number): string {
  const rate = elapsedMs > 0 ? (events / elapsedMs) * 1_000 : 0
  const figures = `${count(events)} events  ${count(rate)} events/s`
  if (share === undefined) return line(figures, columns - 1)
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const left = share > 0.01 && share < 1 ? `  ${duration((elapsedMs / share) * (1 - share))} to go` : ''
  const text = `${percent}  ${figures}${left}`
  const room = Math.min(BAR_COLUMNS, columns - text.length - 3)
  if (room < 8) return line(text.trim(), columns - 1)
  const drawn = bar(share, room)
  return `${paint.cyan(drawn)}${paint.dim('░'.repeat(room - drawn.length))} ${text}`
}

/** How much of all feeds has been read, 0 to 1; undefined where one of them does not say. */
export function shareRead(feeds: readonly Feed[]): number | undefined {
  let shares = 0
  for (const feed of feeds) {
    if (feed.total === undefined || feed.progress === undefined) return undefined
    shares += feed.total === 0 ? 1 : Math.min(1, feed.progress() / feed.total)
  }
  return feeds.length === 0 ? undefined : shares / feeds.length
}

export interface ProgressPorts {
  readonly output: Output
  readonly environment: Environment
  readonly feeds: readonly Feed[]
  /** Events settled so far. */
  readonly settled: () => number
  readonly paint: Paint
}

/** A progress bar on standard error, redrawn in place; on anything but a terminal there is none. */
export class Progress {
  private readonly ports: ProgressPorts
  private readonly beganAt: number
  private timer: Timer | undefined
  private drawn = false

  constructor(ports: ProgressPorts) {
    this.ports = ports
    this.beganAt = ports.environment.monotonic()
  }

  start(): void {
    if (this.ports.output.isTTY !== true) return
    this.draw()
    this.timer = this.ports.environment.watch(() => this.start(), INTERVAL_MS)
  }

  /** Takes the bar off the terminal. */
  stop(): void {
    this.ports.environment.unwatch(this.timer)
    this.timer = undefined
    if (this.drawn) this.ports.output.write('\r\u001b[2K')
    this.drawn = false
  }

  private draw(): void {
    const view = {
      share: shareRead(this.ports.feeds),
      events: this.ports.settled(),
      elapsedMs: this.ports.environment.monotonic() - this.beganAt,
    }
    // A terminal that does not know its width says 0.
    this.ports.output.write(`\r\u001b[2K${progressLine(view, this.ports.paint, this.ports.output.columns || 80)}`)
    this.drawn = true
  }
}
