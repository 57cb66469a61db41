import type { Batch, Hello } from '../../protocol.js'

/** `refused`: the server is there and does not know this page's token. `paused`: no tab is looked at. */
export type StreamStatus = 'connecting' | 'open' | 'lost' | 'refused' | 'paused'

/** What a tab tells the one that holds the stream for all of them. */
export type ToHub =
  | { readonly kind: 'join'; readonly base: string; readonly token: string; readonly visible: boolean }
  | { readonly kind: 'visible'; readonly visible: boolean }
  | { readonly kind: 'leave' }

export type FromHub =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'status'; readonly status: StreamStatus }
