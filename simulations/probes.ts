/** What a healed engine is offered: an event of every kind, which none of its strategies fails. */
export const PROBES = [
  { type: 'trade', payload: { price: 1, size: 1 } },
  { type: 'quote', payload: { bid: 1 } },
  { type: 'bar', payload: { open: 1, high: 1, low: 1, close: 1, volume: 1 } },
  { type: 'news', payload: { headline: 'all is well' } },
  { type: 'trading.status', payload: { status: 'trading' } },
  { type: 'feed.stale', payload: { feed: 'sim', silentMs: 1 } },
] as const
