import { z } from 'zod'
import { defineEvent, type PayloadOf } from '../define.js'
import { name, note } from './fields.js'

const lane = 'critical'
const value = z.number()

const limit = {
  /** The limit's name, such as `max-position` or `daily-loss`. */
  limit: name,
  value,
  threshold: value,
  /** What it bounds: an account, a strategy, the firm. */
  scope: name.optional(),
  reason: note.optional(),
}

/** A risk limit was passed. */
export const riskLimitBreached = defineEvent({ type: 'risk.limit.breached', lane, payload: z.object(limit) })
export type RiskLimitBreachedPayload = PayloadOf<typeof riskLimitBreached>

/** The value is within its limit again. */
export const riskLimitRestored = defineEvent({ type: 'risk.limit.restored', lane, payload: z.object(limit) })
export type RiskLimitRestoredPayload = PayloadOf<typeof riskLimitRestored>

/** The kill switch was thrown or reset; without a symbol it concerns them all. */
export const riskKillSwitch = defineEvent({
  type: 'risk.kill-switch',
  lane,
  payload: z.object({ engaged: z.boolean(), reason: note, scope: name.optional() }),
})
export type RiskKillSwitchPayload = PayloadOf<typeof riskKillSwitch>

/** What is at stake, in one currency. */
export const riskExposure = defineEvent({
  type: 'risk.exposure',
  lane,
  payload: z.object({
    gross: z.number().nonnegative(),
    net: value,
    currency: name.optional(),
    scope: name.optional(),
  }),
})
export type RiskExposurePayload = PayloadOf<typeof riskExposure>
