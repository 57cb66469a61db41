import { z } from 'zod'
import { defineEvent, type PayloadOf } from '../define.js'
import { name, note, price, side, size } from './fields.js'

// One lane for the family, so that a fill never overtakes the acceptance of its order.
const lane = 'critical'
const orderId = name
const quantity = z.number().positive()

/** An order was sent to the venue. */
export const orderSubmitted = defineEvent({
  type: 'order.submitted',
  lane,
  payload: z.object({
    orderId,
    side,
    quantity,
    orderType: z.enum(['market', 'limit', 'stop', 'stop-limit']),
    limitPrice: price.optional(),
    stopPrice: price.optional(),
    timeInForce: z.enum(['day', 'gtc', 'gtd', 'ioc', 'fok', 'opg', 'cls']).optional(),
    account: name.optional(),
    /** The strategy whose signal it carries out. */
    strategy: name.optional(),
  }),
})
export type OrderSubmittedPayload = PayloadOf<typeof orderSubmitted>

/** The venue took the order. */
export const orderAccepted = defineEvent({
  type: 'order.accepted',
  lane,
  payload: z.object({ orderId, venueOrderId: name.optional() }),
})
export type OrderAcceptedPayload = PayloadOf<typeof orderAccepted>

/** The venue, or a check before it, did not take the order. */
export const orderRejected = defineEvent({
  type: 'order.rejected',
  lane,
  payload: z.object({ orderId, reason: note, code: name.optional() }),
})
export type OrderRejectedPayload = PayloadOf<typeof orderRejected>

/** The venue changed the order as asked. */
export const orderReplaced = defineEvent({
  type: 'order.replaced',
  lane,
  payload: z.object({
    orderId,
    quantity: quantity.optional(),
    limitPrice: price.optional(),
    stopPrice: price.optional(),
  }),
})
export type OrderReplacedPayload = PayloadOf<typeof orderReplaced>

/** The order was cancelled before it was filled in full. */
export const orderCancelled = defineEvent({
  type: 'order.cancelled',
  lane,
  payload: z.object({ orderId, remaining: size.optional(), reason: note.optional() }),
})
export type OrderCancelledPayload = PayloadOf<typeof orderCancelled>

/** The order's time ran out before it was filled in full. */
export const orderExpired = defineEvent({
  type: 'order.expired',
  lane,
  payload: z.object({ orderId, remaining: size.optional() }),
})
export type OrderExpiredPayload = PayloadOf<typeof orderExpired>

/** The order was filled, in part or, where `remaining` is 0, to its end. */
export const orderFill = defineEvent({
  type: 'order.fill',
  lane,
  payload: z.object({
    orderId,
    fillId: name.optional(),
    side,
    price,
    quantity,
    remaining: size.optional(),
    /** Negative for a rebate. */
    fee: z.number().optional(),
    feeCurrency: name.optional(),
    liquidity: z.enum(['maker', 'taker']).optional(),
  }),
})
export type OrderFillPayload = PayloadOf<typeof orderFill>
