import type { ActorDetail, BreakerView, MachineDefinition, Step } from '../../protocol.js'
import { ActionButton } from '../actions.js'
import { brief, count, duration, percent, stay, timeOfDay } from '../format.js'
import { stateText, toneOf, toneOfState } from '../tone.js'
import { Json } from '../widgets/json.js'
import { Empty, Panel } from '../widgets/panel.js'
import { Pill } from '../widgets/pill.js'
import type { Actor } from '../world/world.js'

type Fact = readonly [label: string, value: string | undefined]

const given = (value: number | undefined, format: (value: number) => string = brief): string | undefined =>
  value === undefined ? undefined : format(value)

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="figures">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

export function ActorPanel({ actor, detail, at }: { actor: Actor; detail: ActorDetail | undefined; at: number }) {
  const { row } = actor
  const figures = detail?.figures ?? actor.figures
  const unhandled = Math.max(figures.unhandled ?? 0, actor.unhandled)
  return (
    <Panel title={row.name} aside={<span class="note">{row.kind}</span>}>
      <p class="actor-state">
        <Pill tone={toneOf(actor)}>{actor.status === 'active' ? stateText(actor.state) : actor.status}</Pill>
        <span class="note">{stay(actor, at)}</span>
      </p>
      <Facts
        facts={[
          ['depth', given(figures.depth)],
          ['events/s', given(figures.eventsPerSecond)],
          ['p99', given(figures.p99Ms, duration)],
          ['delivered', given(figures.delivered, count)],
          ['failed', given(figures.failed, count)],
          ['skipped', given(figures.skipped, count)],
          ['signals', given(figures.signals, count)],
          ['restarts', given(figures.restarts, count)],
          ['unhandled', unhandled === 0 ? undefined : count(unhandled)],
        ]}
      />
      {actor.lastUnhandled !== undefined && (
        <p class="reason warn">
          <b>unhandled event</b>
          <span>
            Its state had no answer to <code>{actor.lastUnhandled}</code>.
          </span>
        </p>
      )}
      {row.kind === 'strategy' && (
        <StrategyActions name={row.name} paused={stateText(actor.state).startsWith('paused')} />
      )}
    </Panel>
  )
}

function StrategyActions({ name, paused }: { readonly name: string; readonly paused: boolean }) {
  return (
    <div class="buttons">
      {paused ? (
        <ActionButton label="Resume" action={{ action: 'strategy.resume', name }} done={`${name} goes on`} />
      ) : (
        <ActionButton label="Pause" action={{ action: 'strategy.pause', name }} done={`${name} is paused`} />
      )}
      <ActionButton
        label="Restart"
        action={{ action: 'strategy.restart', name }}
        done={`${name} restarts with fresh state`}
      />
    </div>
  )
}

export function BreakerPanel({ breaker }: { readonly breaker: BreakerView }) {
  const { name, state, calls, failureRate, slowCallRate, openings, retryAfterMs } = breaker
  const held = state === 'isolated' || state === 'disabled'
  return (
    <Panel title="Circuit breaker" aside={<Pill tone={toneOfState([state])}>{state}</Pill>}>
      <Facts
        facts={[
          ['calls in window', count(calls)],
          ['failure rate', percent(failureRate)],
          ['slow calls', percent(slowCallRate)],
          ['openings', count(openings)],
          ['asks again in', given(retryAfterMs === 0 ? undefined : retryAfterMs, duration)],
        ]}
      />
      <div class="buttons">
        <ActionButton
          label="Trip"
          action={{ action: 'breaker.trip', name }}
          done={`${name} tripped`}
          disabled={state === 'open' || held}
          title="Open it for the usual open time"
        />
        <ActionButton
          label="Isolate"
          action={{ action: 'breaker.isolate', name }}
          done={`${name} is isolated`}
          disabled={state === 'isolated'}
          title="Hold it open until it is reset"
        />
        <ActionButton
          label="Reset"
          action={{ action: 'breaker.reset', name }}
          done={`${name} is closed`}
          title="Close it with an empty window"
        />
      </div>
    </Panel>
  )
}

interface StepsProps {
  readonly steps: readonly Step[]
  readonly machine: MachineDefinition | undefined
  /** Number of the step that is looked at; undefined: what is now. */
  readonly chosen: number | undefined
  choose(step: number | undefined): void
}

/** What the actor did last, newest first; each can be looked at again on the chart. */
export function Steps({ steps, machine, chosen, choose }: StepsProps) {
  const aside =
    chosen === undefined ? (
      <span class="note">{steps.length}</span>
    ) : (
      <button type="button" class="button" onClick={() => choose(undefined)}>
        Back to now
      </button>
    )
  return (
    <Panel title="Steps" class="steps" flush aside={aside}>
      {steps.length === 0 ? (
        <Empty>None since it is watched.</Empty>
      ) : (
        <ol class="step-list">
          {[...steps].reverse().map(({ step, at, event, from, edges, state }) => {
            const unexpected = edges.some((place) => machine?.edges[place]?.unexpected === true)
            return (
              <li key={step}>
                <button
                  type="button"
                  class={unexpected ? 'unexpected' : ''}
                  aria-pressed={chosen === step}
                  onClick={() => choose(chosen === step ? undefined : step)}
                >
                  <time>{timeOfDay(at)}</time>
                  <b>{event}</b>
                  <span>{unexpected ? 'unhandled' : stateText(state)}</span>
                  {from !== undefined && <small>from {from.slice(from.lastIndexOf('/') + 1)}</small>}
                </button>
              </li>
            )
          })}
        </ol>
      )}
    </Panel>
  )
}

export function ContextPanel({ detail }: { readonly detail: ActorDetail | undefined }) {
  const leftOut = detail?.contextLeftOut ?? 0
  return (
    <Panel
      title="Context"
      class="context"
      aside={leftOut > 0 ? <span class="note">{leftOut} values left out</span> : undefined}
    >
      {detail === undefined ? <Empty>…</Empty> : <Json value={detail.context} />}
    </Panel>
  )
}
