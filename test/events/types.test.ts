import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Engine } from '../../actors/api.js'
import type { SelectedEvent, SignalDraft, TypeSelector } from '../../src/dispatch/strategy.js'
import { alert } from '../../src/events/catalogue/alerts.js'
import type { CatalogueEvent, CatalogueEventOf } from '../../src/events/catalogue/index.js'
import { type TradePayload, trade } from '../../src/events/catalogue/market.js'
import { signal } from '../../src/events/catalogue/signal.js'
import { defineEvent, type EventOf, type PayloadOf } from '../../src/events/define.js'
import type { EventDraft } from '../../src/events/draft.js'
import type { OutcryEvent } from '../../src/events/event.js'
import type { Immutable } from '../../src/events/immutable.js'

// The assertions of this file are checked by the compiler; run, they only have to hold as values.

const mine = defineEvent({
  type: 'my.thing',
  payload: z.object({ amount: z.string().transform(Number), tags: z.array(z.string()), note: z.string().default('') }),
})

describe('inference', () => {
  it('types a draft of the catalogue', () => {
    const draft = trade({ symbol: 'A', price: 1, size: 2 })
    expectTypeOf(draft).toEqualTypeOf<EventDraft<'trade', TradePayload>>()
    expectTypeOf(draft.payload.price).toEqualTypeOf<number>()
    expectTypeOf(draft.payload.exchange).toEqualTypeOf<string | undefined>()
  })

  it('types the input and the output of a schema of a host apart', () => {
    const draft = mine({ amount: '5', tags: ['a'] as const })
    expectTypeOf(draft.type).toEqualTypeOf<'my.thing'>()
    expectTypeOf(draft.payload.amount).toEqualTypeOf<number>()
    expectTypeOf(draft.payload.tags).toEqualTypeOf<readonly string[]>()
    expectTypeOf(draft.payload.note).toEqualTypeOf<string>()
    expectTypeOf<PayloadOf<typeof mine>['amount']>().toEqualTypeOf<number>()
    expectTypeOf<EventOf<typeof mine>['type']>().toEqualTypeOf<'my.thing'>()
  })

  it('refuses what does not fit', () => {
    const wrong = [
      // @ts-expect-error The price is a number.
      () => trade({ symbol: 'A', price: '1', size: 2 }),
      // @ts-expect-error The size is missing.
      () => trade({ symbol: 'A', price: 1 }),
      // @ts-expect-error No such field.
      () => trade({ symbol: 'A', price: 1, size: 2, sise: 3 }),
      // @ts-expect-error A gap has a previous close.
      () => alert({ kind: 'gap', score: 1, price: 1 }),
      // @ts-expect-error Payloads are objects.
      () => defineEvent({ type: 'text', payload: z.string() }),
      (draft: EventDraft<'trade', TradePayload>) => {
        // @ts-expect-error Payloads are read-only.
        draft.payload.price = 3
      },
    ]
    expectTypeOf(wrong).not.toBeAny()
  })

  it('types what a pattern lets through, of the catalogue or of the host', () => {
    expectTypeOf<SelectedEvent<'order.*'>['type']>().toExtend<`order.${string}`>()
    expectTypeOf<SelectedEvent<'desk.*'>>().toEqualTypeOf<OutcryEvent<`desk.${string}`>>()
  })

  it('types the events of a subscription as those of a strategy', () => {
    const follow = (engine: Engine) => [
      engine.subscribe(['trade'], ({ payload }) => void expectTypeOf(payload).toEqualTypeOf<TradePayload>()),
      engine.subscribe([mine], ({ payload }) => void expectTypeOf(payload.amount).toEqualTypeOf<number>()),
      engine.subscribe(['desk.*'], ({ payload }) => void expectTypeOf(payload).toEqualTypeOf<unknown>()),
    ]
    expectTypeOf(follow).returns.toEqualTypeOf<(() => void)[]>()
  })

  it('narrows the catalogue by type, and an alert by kind', () => {
    const read = (event: CatalogueEvent): number => {
      if (event.type === 'bar') return event.payload.high
      if (event.type === 'alert' && event.payload.kind === 'gap') return event.payload.previousClose
      return 0
    }
    expectTypeOf(read).toBeFunction()
    const narrowed = (event: OutcryEvent): string => (mine.is(event) ? event.payload.note : event.type)
    expectTypeOf(narrowed).toBeFunction()
  })

  it('finds the event of a type name', () => {
    expectTypeOf<CatalogueEventOf<'trade'>>().toEqualTypeOf<OutcryEvent<'trade', TradePayload>>()
    expectTypeOf<CatalogueEventOf<'foo'>>().toEqualTypeOf<OutcryEvent<'foo', unknown>>()
    expectTypeOf<CatalogueEventOf<string>>().toEqualTypeOf<OutcryEvent>()
  })

  it('finds the event of a selector', () => {
    expectTypeOf<SelectedEvent<typeof mine>>().toEqualTypeOf<EventOf<typeof mine>>()
    expectTypeOf<SelectedEvent<'bar'>>().toEqualTypeOf<CatalogueEventOf<'bar'>>()
    type Orders = SelectedEvent<'order.*'>['type']
    expectTypeOf<'order.fill'>().toExtend<Orders>()
    expectTypeOf<'trade'>().not.toExtend<Orders>()
    const selectors: readonly TypeSelector[] = [trade, mine, alert, 'order.*']
    expectTypeOf(selectors).not.toBeAny()
  })

  it('makes a signal what a strategy may answer', () => {
    const optional = (symbol: string | undefined): SignalDraft => signal({ symbol, side: 'buy', strength: 0.5 })
    expectTypeOf(optional).returns.toEqualTypeOf<SignalDraft>()
  })

  it('makes payloads read-only all the way down, and leaves what is unknown alone', () => {
    type Deep = Immutable<{ a: { b: number[] }; m: Map<string, { c: 1 }>; d: Date; u: unknown }>
    expectTypeOf<Deep>().toEqualTypeOf<{
      readonly a: { readonly b: readonly number[] }
      readonly m: ReadonlyMap<string, { readonly c: 1 }>
      readonly d: Date
      readonly u: unknown
    }>()
  })
})
