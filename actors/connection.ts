import { type ConnectionNotice, connectionMachine } from '../machines/connection.js'
import { backoffMs } from '../src/dispatch/restart.js'
import type { Environment, Timer } from '../src/environment/environment.js'
import type { ConnectionBackoff, JournalConnection } from '../src/journal/connection.js'
import type { Log } from '../src/log.js'

/** The effects of a connection's machine. */
export interface ConnectionPort {
  connect(tell: (notice: ConnectionNotice) => void): void
  disconnect(): void
  watchRetry(attempts: number): void
  unwatchRetry(): void
  unanswered(actor: string, event: string): void
}

const portOf = (context: { readonly port: unknown }): ConnectionPort => context.port as ConnectionPort

export const connectionLogic = connectionMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => portOf(context).unanswered(self.id, event.type),
    connect: ({ context, self }) => portOf(context).connect((notice) => self.send(notice)),
    disconnect: ({ context }) => portOf(context).disconnect(),
    watchRetry: ({ context }) => portOf(context).watchRetry(context.attempts),
    unwatchRetry: ({ context }) => portOf(context).unwatchRetry(),
  },
})

/**
 * How long to wait before the next attempt: doubled with each that failed, capped, and spread so that
 * those who lost one server together do not come back together. Milliseconds.
 *
 * @param attempts in a row that failed, from 0
 * @param chance in [0, 1)
 */
function connectionBackoffMs(
  { initialMs, maxMs, jitter }: ConnectionBackoff,
  attempts: number,
  chance: number,
): number {
  return backoffMs({ backoffMs: initialMs, maxBackoffMs: maxMs, jitter }, attempts - 1, chance)
}

/** Keeps the connection of a journal: what its actor decides is done here. */
export class ConnectionKeeper implements ConnectionPort {
  private tell: (notice: ConnectionNotice) => void = () => {}
  private timer: Timer | undefined

  constructor(
    private readonly name: string,
    private readonly connection: JournalConnection,
    private readonly environment: Environment,
    private readonly log: Log,
    private readonly onUnanswered: (actor: string, event: string) => void,
  ) {
    connection.watch((error) => {
      log.warn({ connection: name, err: error }, 'the connection is lost')
      this.tell({ type: 'connection.lost', error })
    })
  }

  /** What its actor is spawned with. */
  get input(): { readonly port: ConnectionPort; readonly maxAttempts: number } {
    return { port: this, maxAttempts: this.connection.backoff.attempts }
  }

  connect(tell: (notice: ConnectionNotice) => void): void {
    this.tell = tell
    // Once it is closed there is nobody to be told any more.
    this.connection.connect().then(
      () => this.tell({ type: 'connection.opened' }),
      (error: unknown) => {
        this.log.warn({ connection: this.name, err: error }, 'the connection cannot be made')
        this.tell({ type: 'connection.failed', error, lasting: !this.connection.mayRetry(error) })
      },
    )
  }

  disconnect(): void {
    this.tell = () => {}
    void this.connection.disconnect()
  }

  watchRetry(attempts: number): void {
    const chance = this.environment.random(`connection:${this.name}`)
    const waitMs = connectionBackoffMs(this.connection.backoff, attempts, chance)
    this.timer = this.environment.watch(() => {
      this.timer = undefined
      this.tell({ type: 'connection.retry' })
    }, waitMs)
  }

  unwatchRetry(): void {
    this.environment.unwatch(this.timer)
    this.timer = undefined
  }

  unanswered(actor: string, event: string): void {
    this.onUnanswered(actor, event)
  }
}
