import type { EventOf } from '../define.js'
import type { OutcryEvent } from '../event.js'
import { alert } from './alerts.js'
import { bar, bookDelta, bookSnapshot, quote, trade, tradingStatus } from './market.js'
import { news } from './news.js'
import {
  orderAccepted,
  orderCancelled,
  orderExpired,
  orderFill,
  orderRejected,
  orderReplaced,
  orderSubmitted,
} from './orders.js'
import { riskExposure, riskKillSwitch, riskLimitBreached, riskLimitRestored } from './risk.js'
import { signal } from './signal.js'
import {
  feedConnected,
  feedDisconnected,
  feedEnded,
  feedGap,
  feedStale,
  systemBreaker,
  systemHealth,
  systemStarted,
  systemStopping,
  systemStrategy,
} from './system.js'

/** The event types that every engine knows. */
export const CATALOGUE = [
  trade,
  quote,
  bar,
  bookSnapshot,
  bookDelta,
  tradingStatus,
  news,
  signal,
  alert,
  orderSubmitted,
  orderAccepted,
  orderRejected,
  orderReplaced,
  orderCancelled,
  orderExpired,
  orderFill,
  riskLimitBreached,
  riskLimitRestored,
  riskKillSwitch,
  riskExposure,
  systemStarted,
  systemStopping,
  systemHealth,
  systemStrategy,
  systemBreaker,
  feedConnected,
  feedDisconnected,
  feedStale,
  feedGap,
  feedEnded,
] as const

type DistributedEvent<D> = D extends unknown ? EventOf<D> : never

/** Any event of the catalogue: a switch on `type` narrows the payload. */
export type CatalogueEvent = DistributedEvent<(typeof CATALOGUE)[number]>

/** The event of a type: the catalogue's where it has one, of unknown payload for a host's own type. */
export type CatalogueEventOf<T extends string> = string extends T
  ? OutcryEvent
  : T extends CatalogueEvent['type']
    ? Extract<CatalogueEvent, { readonly type: T }>
    : OutcryEvent<T>
