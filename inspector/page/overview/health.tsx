import type { Fact, Overview } from '../../protocol.js'
import { lasting, timeOfDay } from '../format.js'
import type { Tone } from '../tone.js'
import { Empty, Panel } from '../widgets/panel.js'
import { Pill } from '../widgets/pill.js'

export const TONE_OF_HEALTH: Readonly<Record<Overview['health']['status'], Tone>> = {
  healthy: 'ok',
  degraded: 'warn',
  critical: 'bad',
}

export function Health({ overview, clock }: { readonly overview: Overview; readonly clock: number }) {
  const { health, halts } = overview
  return (
    <Panel title="Health" class="health" aside={<Pill tone={TONE_OF_HEALTH[health.status]}>{health.status}</Pill>}>
      {halts.map(({ symbol, reason, since }) => (
        <div key={symbol ?? ''} class="reason bad">
          <b>{symbol === undefined ? 'The engine is halted' : `${symbol} is halted`}</b>
          <span>{reason}</span>
          <small>{lasting(since, clock)}</small>
        </div>
      ))}
      {health.reasons.map(({ code, severity, message, since }) => (
        <div key={code} class={`reason ${severity === 'critical' ? 'bad' : 'warn'}`}>
          <b>{code}</b>
          <span>{message}</span>
          <small>{lasting(since, clock)}</small>
        </div>
      ))}
      {halts.length + health.reasons.length === 0 && <Empty>Nothing to complain of.</Empty>}
    </Panel>
  )
}

const TONE_OF_FACT: Readonly<Record<Fact['kind'], Tone>> = {
  fault: 'bad',
  halt: 'bad',
  health: 'warn',
  deadLetter: 'warn',
  strategy: 'quiet',
  state: 'quiet',
}

/** What happened, newest first. The list grows in place, so `last` says when there is more. */
export function Facts({ facts }: { readonly facts: readonly Fact[]; readonly last: number }) {
  const newest = facts.slice(-60).reverse()
  return (
    <Panel title="Happened" class="facts" flush>
      {newest.length === 0 ? (
        <Empty>Nothing since this page looks.</Empty>
      ) : (
        <ol class="fact-list">
          {newest.map((fact, index) => (
            // Facts have no name of their own and the list is drawn as a whole.
            <li key={index} class={TONE_OF_FACT[fact.kind]}>
              <time>{timeOfDay(fact.at).slice(0, 8)}</time>
              <span>{fact.text}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
