import { OutcryError } from '../errors.js'
import type { StrategyRuntime } from './runtime.js'

/** Why deliveries fail that no handler has failed, in words. */
export const tooManyWaiting = ({ name, backlog }: StrategyRuntime, most: number): OutcryError =>
  new OutcryError('OUTCRY_HANDLER_FAILED', `Strategy "${name}" has ${backlog} deliveries waiting, at most ${most} may.`)

export const timedOut = ({ name }: StrategyRuntime, timeoutMs: number): OutcryError =>
  new OutcryError('OUTCRY_HANDLER_TIMEOUT', `The handler of strategy "${name}" did not settle within ${timeoutMs} ms.`)

export const stillHung = ({ name }: StrategyRuntime): OutcryError =>
  new OutcryError('OUTCRY_HANDLER_TIMEOUT', `Strategy "${name}" is hung: an earlier call has not settled.`)

export const wasStopped = ({ name }: StrategyRuntime): OutcryError =>
  new OutcryError('OUTCRY_ENGINE_STOPPED', `Strategy "${name}" was stopped.`)
