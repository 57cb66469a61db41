import type { Actor } from './world/world.js'

/** The only reasons for colour: it is well, somebody should look, it is broken, or neither. */
export type Tone = 'ok' | 'warn' | 'bad' | 'quiet'

const BAD = new Set(['open', 'hung', 'faulted', 'failed', 'halted', 'isolated', 'critical', 'refused'])
const WARN = new Set([
  'late',
  'halfOpen',
  'waiting',
  'probing',
  'awaiting',
  'backingOff',
  'throttled',
  'degraded',
  'paused',
  'draining',
  'cleaning',
  'full',
  'redriving',
  'disabled',
  'stopping',
  'stale',
])
const OK = new Set(['ready', 'flowing', 'healthy', 'closed', 'processing', 'streaming', 'reading'])

/** Judged by the words of a state, the innermost first: `breaker.halfOpen.probing`. */
export function toneOfState(states: readonly string[]): Tone {
  const words = states.flatMap((state) => state.split('.'))
  if (words.some((word) => BAD.has(word))) return 'bad'
  if (words.some((word) => WARN.has(word))) return 'warn'
  return words.some((word) => OK.has(word)) ? 'ok' : 'quiet'
}

export function toneOf(actor: Actor): Tone {
  if (actor.status === 'error') return 'bad'
  if (actor.status !== 'active') return 'quiet'
  return toneOfState(actor.state)
}

const WEIGHT: Readonly<Record<Tone, number>> = { bad: 3, warn: 2, ok: 0, quiet: 0 }

/** How much an actor wants looking at; the higher the worse. */
export function severity(actor: Actor): number {
  const { figures } = actor
  const breaker = figures.breaker === undefined ? 'quiet' : toneOfState([figures.breaker])
  const unhandled = (figures.unhandled ?? actor.unhandled) > 0 ? 1 : 0
  return (
    Math.max(WEIGHT[toneOf(actor)], WEIGHT[breaker]) * 1e9 +
    unhandled * 1e8 +
    Math.min(figures.restarts ?? 0, 99) * 1e6 +
    Math.min(figures.depth ?? 0, 99_999) * 10 +
    Math.min(figures.p99Ms ?? 0, 9)
  )
}

/** A state in short: the path without the machine's own name. */
export const stateText = (states: readonly string[]): string =>
  states.map((state) => (state.includes('.') ? state.slice(state.indexOf('.') + 1) : state)).join(' · ')
