import { type SinkEvent, sinkMachine } from '../machines/sink.js'
import { sinksMachine } from '../machines/sinks.js'
import { withShortMove } from './short-move.js'

/** The effects of a sink's machine. */
export interface SinkPort {
  attach(send: (event: SinkEvent) => void): void
  readonly waiting: boolean
  open(): void
  write(): void
  flush(): void
  acknowledge(): void
  giveUp(): void
  watchRetry(attempts: number): void
  unwatchRetry(): void
  close(): void
  failed(error: unknown): void
  unanswered(actor: string, event: string): void
}

/** The effects of the sinks part. */
export interface SinksPlane {
  unanswered(actor: string, event: string): void
}

const portOf = (context: { readonly outbox: unknown }): SinkPort => context.outbox as SinkPort

const joined = sinkMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => portOf(context).unanswered(self.id, event.type),
    open: ({ context, self }) => {
      portOf(context).attach((event) => self.send(event))
      portOf(context).open()
    },
    write: ({ context }) => portOf(context).write(),
    flush: ({ context }) => portOf(context).flush(),
    acknowledge: ({ context }) => portOf(context).acknowledge(),
    giveUp: ({ context }) => portOf(context).giveUp(),
    watchRetry: ({ context }) => portOf(context).watchRetry(context.attempts),
    unwatchRetry: ({ context }) => portOf(context).unwatchRetry(),
    close: ({ context }) => portOf(context).close(),
    announceFault: ({ context, event }) => portOf(context).failed('error' in event ? event.error : undefined),
  },
  guards: { somethingWaits: ({ context }) => portOf(context).waiting },
})

// The two that come with every write. What is offered while one is acknowledged is said in an event too.
export const sinkLogic = withShortMove(joined, ['idle'], 'sink.offered')
withShortMove(sinkLogic, ['writing'], 'sink.written')

export const sinksLogic = sinksMachine.provide({
  actors: { sink: sinkLogic },
  actions: {
    unexpected: ({ context, event, self }) => (context.plane as SinksPlane).unanswered(self.id, event.type),
  },
})
