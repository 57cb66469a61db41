import type { Chain, EventView } from '../../protocol.js'
import { timeOfDay } from '../format.js'
import { EventPanel } from '../letters/letter.js'
import { Empty, Panel } from '../widgets/panel.js'

const SHOWN = 80

const field = (payload: unknown, name: string): string => {
  const value = Object(payload)[name] as unknown
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** What an event says, in a few words. */
function gist(event: EventView | undefined): string {
  if (event === undefined) return ''
  const { payload, symbol, type } = event
  const words = ['headline', 'title', 'side', 'strength', 'price', 'close', 'reason'].map((name) =>
    field(payload, name),
  )
  return [type, symbol, ...words].filter((word) => word !== undefined && word !== '').join(' ')
}

export const keyOfChain = ({ signal }: Chain): string => signal.id

interface ChainsProps {
  readonly chains: readonly Chain[]
  readonly chosen: string | undefined
  choose(key: string | undefined): void
}

/** From news to signal: what each signal follows from, newest first. */
export function Chains({ chains, chosen, choose }: ChainsProps) {
  const newest = chains.slice(-SHOWN).reverse()
  const open = chains.find((chain) => keyOfChain(chain) === chosen)
  return (
    <>
      <Panel title="From cause to signal" class="chains" flush aside={<span class="note">{chains.length}</span>}>
        {newest.length === 0 ? (
          <Empty>No strategy has answered since this view is open.</Empty>
        ) : (
          <ul class="chain-list">
            {newest.map((chain) => {
              const key = keyOfChain(chain)
              return (
                <li key={key}>
                  <button
                    type="button"
                    aria-pressed={key === chosen}
                    onClick={() => choose(key === chosen ? undefined : key)}
                  >
                    <time>{timeOfDay(chain.at)}</time>
                    <span class="link-in">{gist(chain.cause) || chain.causeId}</span>
                    <span class="link-by">{chain.strategy}</span>
                    <span class="link-out">{gist(chain.signal)}</span>
                  </button>
                </li>
              )
            })}
          </ul>
        )}
      </Panel>
      {open !== undefined && (
        <Panel title="Causation" class="causation" aside={<span class="note">{open.strategy}</span>}>
          {open.cause === undefined ? (
            <Empty>The cause {open.causeId} is no longer held.</Empty>
          ) : (
            <EventPanel event={open.cause} />
          )}
          <p class="then">
            <b>{open.strategy}</b> answered with
          </p>
          <EventPanel event={open.signal} />
        </Panel>
      )}
    </>
  )
}
