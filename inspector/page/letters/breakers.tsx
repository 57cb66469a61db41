import { ActionButton } from '../actions.js'
import { stay } from '../format.js'
import { select, show } from '../route.js'
import { useWorld } from '../store.js'
import { severity, stateText, toneOf } from '../tone.js'
import { Empty, Panel } from '../widgets/panel.js'
import { Pill } from '../widgets/pill.js'

const MOST = 50

/** Circuit breakers that do not let everything through; the others are only counted. */
export function Breakers() {
  const world = useWorld()
  if (world === undefined) return null
  const breakers = [...world.actors.values()].filter(({ row }) => row.kind === 'breaker')
  const stirred = breakers
    .filter(({ state }) => stateText(state) !== 'closed')
    .sort((left, right) => severity(right) - severity(left))
  return (
    <Panel
      title="Circuit breakers"
      class="breakers"
      flush
      aside={<span class="note">{`${stirred.length} of ${breakers.length} not closed`}</span>}
    >
      {stirred.length === 0 ? (
        <Empty>All closed: every strategy gets its deliveries.</Empty>
      ) : (
        <ul class="breaker-list">
          {stirred.slice(0, MOST).map((actor) => {
            const name = actor.row.name.replace(/^breaker:/, '')
            const state = stateText(actor.state)
            return (
              <li key={actor.row.actor}>
                <button
                  type="button"
                  class="link"
                  onClick={() => {
                    select(actor.row.path)
                    show('statechart')
                  }}
                >
                  {name}
                </button>
                <Pill tone={toneOf(actor)}>{state}</Pill>
                <span class="note">{stay(actor, world.at)}</span>
                <ActionButton
                  label="Isolate"
                  action={{ action: 'breaker.isolate', name }}
                  done={`${name} is isolated`}
                  disabled={state === 'isolated'}
                />
                <ActionButton label="Reset" action={{ action: 'breaker.reset', name }} done={`${name} is closed`} />
              </li>
            )
          })}
        </ul>
      )}
    </Panel>
  )
}
