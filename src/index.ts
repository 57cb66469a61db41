// The public face, name by name: what is not here is not the product's word.
export type {
  DeadLetterDetail,
  DeadLetterFace,
  DeadLetterSummary,
  Engine,
  EngineEvents,
  EngineStats,
  HaltOptions,
  LatencySummary,
  Publishable,
  PublishSummary,
  RateLimited,
  StopOptions,
  StopReport,
} from '../actors/api.js'
export type { BreakerBoardView, BreakerEntry } from '../actors/breaker-board.js'
export type { BreakerControl } from '../actors/breaker-face.js'
export { createEngine } from '../actors/engine.js'
export type { HistoryFace } from '../actors/history-face.js'
export type { EngineOptions, OverflowPolicy } from '../actors/options.js'
export type { Replay, ReplaySummary } from '../actors/replay-face.js'
export type { StrategyFace, StrategyListing } from '../actors/strategy-face.js'
export type { StrategyChange } from '../actors/strategy-seat.js'
export type { Supervision } from '../machines/strategy-group.js'
export type { BreakerState } from './breaker/handle.js'
export type { BreakerOptions } from './breaker/policy.js'
export type { DeadLetterReason } from './dead-letters/letter.js'
export type { DeadLetterFilter, DeadLetterPage } from './dead-letters/options.js'
export type { RedriveSummary } from './dead-letters/redriver.js'
export type { AuditListener, DispatchOutcome, DispatchRecord } from './dispatch/audit.js'
export { defineStrategy } from './dispatch/define-strategy.js'
export type { Halt } from './dispatch/halts.js'
export type { RestartOptions, RestartType } from './dispatch/restart.js'
export type {
  HandlerResult,
  RetryPolicy,
  SignalDraft,
  Signals,
  StrategyClock,
  StrategyContext,
  StrategyDefinition,
  Subscription,
  TypeSelector,
} from './dispatch/strategy.js'
export { createDataEnvironment, type DataEnvironmentOptions } from './environment/data.js'
export type { DataEnvironment, Environment, LoopDelay, Memory, Timer } from './environment/environment.js'
export type { EnvironmentOptions } from './environment/options.js'
export { createSystemEnvironment } from './environment/system.js'
export { type RealTimeUse, trapRealTime } from './environment/trap.js'
export {
  createVirtualEnvironment,
  type VirtualEnvironment,
  type VirtualEnvironmentOptions,
} from './environment/virtual.js'
export { ERROR_CODES, type ErrorCode, type ErrorDetails, isOutcryError, OutcryError } from './errors.js'
export { type AlertKind, type AlertPayload, alert } from './events/catalogue/alerts.js'
export type { CatalogueEvent, CatalogueEventOf } from './events/catalogue/index.js'
export {
  type BarPayload,
  type BookDeltaPayload,
  type BookSnapshotPayload,
  bar,
  bookDelta,
  bookSnapshot,
  type QuotePayload,
  quote,
  type TradePayload,
  type TradingStatusPayload,
  trade,
  tradingStatus,
} from './events/catalogue/market.js'
export { type NewsPayload, news } from './events/catalogue/news.js'
export {
  type OrderAcceptedPayload,
  type OrderCancelledPayload,
  type OrderExpiredPayload,
  type OrderFillPayload,
  type OrderRejectedPayload,
  type OrderReplacedPayload,
  type OrderSubmittedPayload,
  orderAccepted,
  orderCancelled,
  orderExpired,
  orderFill,
  orderRejected,
  orderReplaced,
  orderSubmitted,
} from './events/catalogue/orders.js'
export {
  type RiskExposurePayload,
  type RiskKillSwitchPayload,
  type RiskLimitBreachedPayload,
  type RiskLimitRestoredPayload,
  riskExposure,
  riskKillSwitch,
  riskLimitBreached,
  riskLimitRestored,
} from './events/catalogue/risk.js'
export { type SignalPayload, type SignalSide, signal } from './events/catalogue/signal.js'
export {
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
} from './events/catalogue/system.js'
export type { Conflate, ConflationWindow } from './events/conflate.js'
export { defineEvent, type EnvelopeInput, type EventDefinition, type EventOf, type PayloadOf } from './events/define.js'
export { EventDraft, type EventInput } from './events/draft.js'
export { LANES, type Lane, OutcryEvent } from './events/event.js'
export type { Receipt, RefusalReason } from './events/receipt.js'
export { type CsvFeedOptions, csvFeed } from './feeds/csv.js'
export { type Feed, type FeedContext, type FeedItem, FeedProblem } from './feeds/feed.js'
export { leanFeed } from './feeds/lean.js'
export type { LeanFeedOptions } from './feeds/lean-path.js'
export { type MemoryFeedOptions, memoryFeed } from './feeds/memory.js'
export { mergeFeeds } from './feeds/merge.js'
export { moduleFeed } from './feeds/module.js'
export { type NdjsonFeedOptions, ndjsonFeed } from './feeds/ndjson.js'
export { type ReutersFeedOptions, reutersFeed } from './feeds/reuters.js'
export { FEED_SCHEMES, parseFeed } from './feeds/scheme.js'
export { type SortFeedOptions, sortFeed } from './feeds/sort.js'
export { type StocknetFeedOptions, stocknetFeed } from './feeds/stocknet.js'
export type { HealthLevels, HealthOptions } from './health/options.js'
export {
  HEALTH_CODES,
  type HealthCode,
  type HealthReason,
  type HealthReport,
  type HealthSeverity,
  type HealthStatus,
} from './health/report.js'
export type { HistoryOptions } from './history/options.js'
export type { HistoryQuery, Moment } from './history/query.js'
export type { HistoryStats } from './history/stats.js'
export type { Journal } from './journal/journal.js'
export { MemoryJournal } from './journal/memory.js'
export type { Durability, JournalFailurePolicy, JournallingOptions } from './journal/options.js'
export type { JournalBatch } from './journal/records.js'
export type { RateLimit } from './limits/rate-limiter.js'
export type { Log } from './log.js'
export { emptyLedger } from './metrics/book.js'
export { Digest } from './metrics/digest.js'
export { imbalances } from './metrics/imbalances.js'
export type { DeadLetterLedger, DeliveryLedger, EventLedger, Ledger } from './metrics/ledger.js'
export type { SettledByType } from './metrics/type-counts.js'
export type { ReplayOptions, ReplayOrder } from './replay/options.js'
export type { ReplayProgress } from './replay/player.js'
export { type ReplayFeedOptions, type ReplaySource, replayFeed } from './replay/replay-feed.js'
export { type NdjsonSinkOptions, ndjsonSink } from './sinks/ndjson.js'
export type { OutboxCounts } from './sinks/outbox.js'
export type { SignalEvent, Sink } from './sinks/sink.js'
