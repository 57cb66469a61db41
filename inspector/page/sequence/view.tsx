import { signal } from '@preact/signals'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { environment } from '../environment.js'
import { brief, moment } from '../format.js'
import { selected } from '../route.js'
import { Facts } from '../statechart/detail.js'
import { actorAt, useWorld } from '../store.js'
import { Empty, Panel } from '../widgets/panel.js'
import { Chains, keyOfChain } from './chains.js'
import { chains, collect, forget, held, messages, skipped, version } from './collected.js'
import { SequenceDiagram } from './diagram.js'
import { diagramOf } from './lanes.js'

const EVERY_MS = 500

const following = signal(true)
const onlySelected = signal(false)
const chain = signal<string | undefined>(undefined)

const NONE: ReadonlySet<number> = new Set()

export function SequenceView() {
  const world = useWorld()
  const [message, setMessage] = useState<number>()
  useEffect(() => environment.poll(collect, EVERY_MS), [])
  const only = onlySelected.value && selected.value !== undefined ? actorAt(selected.value)?.row.actor : undefined
  const diagram = useMemo(
    () => diagramOf({ messages, actors: world?.actors ?? new Map(), only }),
    [version.value, only, world],
  )
  const open = chains.find((one) => keyOfChain(one) === chain.value)
  const marked = useMemo(() => {
    if (open === undefined || world === undefined) return NONE
    const sequence = open.cause?.sequence
    const holds = messages.filter(({ chunk, to, from }) => {
      const carries =
        chunk !== undefined &&
        sequence !== undefined &&
        chunk.firstSequence <= sequence &&
        sequence <= chunk.lastSequence
      const ends = [to, from].some(
        (actor) => actor !== undefined && world.actors.get(actor)?.row.name === open.strategy,
      )
      return carries && (ends || chunk !== undefined)
    })
    return new Set(holds.map((one) => one.message))
  }, [open])
  if (world === undefined) return null
  const looked = messages.find((one) => one.message === message)
  const nameOf = (actor: number | undefined): string =>
    actor === undefined ? 'outside, or a clock' : (world.actors.get(actor)?.row.path ?? 'an actor that is gone')
  return (
    <div class="sequence-view">
      <Panel
        title="Messages"
        flush
        aside={
          <>
            <span class="note" title="Messages that were not kept">
              {brief(messages.length)} shown · {brief(skipped.value)} skipped
            </span>
            <button
              type="button"
              class={onlySelected.value ? 'button on' : 'button'}
              aria-pressed={onlySelected.value}
              disabled={selected.value === undefined}
              title={
                selected.value === undefined
                  ? 'Choose an actor in the overview first'
                  : `Only from or to ${selected.value}`
              }
              onClick={() => {
                onlySelected.value = !onlySelected.value
              }}
            >
              {selected.value === undefined
                ? 'One actor'
                : `Only ${selected.value.slice(selected.value.lastIndexOf('/') + 1)}`}
            </button>
            <button
              type="button"
              class={held.value ? 'button on' : 'button'}
              aria-pressed={held.value}
              onClick={() => {
                held.value = !held.value
              }}
            >
              {held.value ? 'Go on' : 'Hold'}
            </button>
            <button type="button" class="button" onClick={forget}>
              Clear
            </button>
          </>
        }
      >
        {diagram.arrows.length === 0 ? (
          <Empty>No message since this view is open.</Empty>
        ) : (
          <SequenceDiagram
            diagram={diagram}
            following={following.value && !held.value}
            onFollow={(follow) => {
              following.value = follow
            }}
            marked={marked}
            chosen={message}
            onChoose={setMessage}
          />
        )}
      </Panel>
      <div class="side">
        {looked !== undefined && (
          <Panel title={looked.event} class="message-panel" aside={<span class="note">{moment(looked.at)}</span>}>
            <Facts
              facts={[
                ['from', nameOf(looked.from)],
                ['to', nameOf(looked.to)],
                ['events', looked.chunk === undefined ? undefined : String(looked.chunk.events)],
                [
                  'sequences',
                  looked.chunk === undefined
                    ? undefined
                    : `${looked.chunk.firstSequence} – ${looked.chunk.lastSequence}`,
                ],
              ]}
            />
          </Panel>
        )}
        <Chains
          chains={version.value >= 0 ? [...chains] : []}
          chosen={chain.value}
          choose={(key) => {
            chain.value = key
            if (key !== undefined) following.value = false
          }}
        />
      </div>
    </div>
  )
}
