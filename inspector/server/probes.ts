import type { ServerResponse } from 'node:http'
import type { Engine } from 'outcry'
import { sendJson } from './reply.js'

/** Whether it should be restarted: only what has failed for good should. */
export function sendLiveness(response: ServerResponse, engine: Engine | undefined): void {
  const state = engine?.state ?? 'recording'
  const alive = state !== 'failed'
  sendJson(response, { status: alive ? 'ok' : 'failed', state }, alive ? 200 : 503)
}

/** Whether it should be sent work: it runs, and nothing is critical. */
export function sendReadiness(response: ServerResponse, engine: Engine | undefined): void {
  if (engine === undefined) {
    sendJson(response, { status: 'ready', state: 'recording', reasons: [] })
    return
  }
  const { state } = engine
  const { status, reasons } = engine.health()
  const ready = state.startsWith('running.') && state !== 'running.halted' && status !== 'critical'
  const words = reasons.map(({ code, severity, message }) => ({ code, severity, message }))
  sendJson(
    response,
    { status: ready ? 'ready' : 'not ready', state, health: status, reasons: words },
    ready ? 200 : 503,
  )
}
