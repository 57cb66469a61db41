import { type ReplayEvent, replayMachine } from '../machines/replay.js'
import type { Player, PlayerNotice } from '../src/replay/player.js'

/** What a replay's actor acts upon. */
export interface ReplayPort {
  readonly player: Player
  attach(send: (event: ReplayEvent) => void, state: () => string): void
  ended(outcome: 'ended' | 'cancelled' | 'failed', error: unknown): void
  unanswered(actor: string, event: string): void
}

const portOf = (context: { readonly player: unknown }): ReplayPort => context.player as ReplayPort

export const replayLogic = replayMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => portOf(context).unanswered(self.id, event.type),
    attach: ({ context, self }) => {
      portOf(context).player.attach((notice: PlayerNotice) => self.send(notice))
      portOf(context).attach(
        (event) => self.send(event),
        () => String(self.getSnapshot().value),
      )
    },
    play: ({ context }) => portOf(context).player.play(),
    hold: ({ context }) => portOf(context).player.hold(),
    step: ({ context, event }) => {
      if (event.type === 'replay.step') portOf(context).player.step(event.count)
    },
    seek: ({ context, event }) => {
      if (event.type === 'replay.seek') portOf(context).player.seek(event.to)
    },
    close: ({ context }) => portOf(context).player.close(),
    announceEnd: ({ context }) => portOf(context).ended(context.outcome ?? 'cancelled', context.error),
  },
})
