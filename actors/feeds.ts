import { type FeedEvent, feedMachine } from '../machines/feed.js'
import { feedsMachine } from '../machines/feeds.js'
import { type ReplayPort, replayLogic } from './replay.js'

/** The effects of a feed's machine. */
export interface FeedPort {
  prepare(send: (event: FeedEvent) => void): void
  read(send: (event: FeedEvent) => void): void
  cancel(): void
  failed(error: unknown): void
  unanswered(actor: string, event: string): void
}

/** The effects of the feeds part. */
export interface FeedsPlane {
  feedsEnded(): void
  unanswered(actor: string, event: string): void
}

const planeOf = (context: { readonly plane: unknown }): FeedsPlane => context.plane as FeedsPlane

const portOf = (context: { readonly reader: unknown }): FeedPort => context.reader as FeedPort

const feedLogic = feedMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => portOf(context).unanswered(self.id, event.type),
    prepare: ({ context, self }) => portOf(context).prepare((event) => self.send(event)),
    read: ({ context, self }) => portOf(context).read((event) => self.send(event)),
    cancel: ({ context }) => portOf(context).cancel(),
    announceFault: ({ context, event }) => portOf(context).failed('error' in event ? event.error : undefined),
  },
})

export const feedsLogic = feedsMachine.provide({
  actors: { feed: feedLogic, replay: replayLogic },
  actions: {
    unexpected: ({ context, event, self }) => planeOf(context).unanswered(self.id, event.type),
    announceEnd: ({ context }) => planeOf(context).feedsEnded(),
    refuseReplay: ({ event }) => {
      if (event.type === 'replay.start') (event.input as { player: ReplayPort }).player.ended('cancelled', undefined)
    },
  },
})
