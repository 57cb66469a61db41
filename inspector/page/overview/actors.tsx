import { signal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import { brief, duration, stay } from '../format.js'
import { select, selected, show } from '../route.js'
import { tick } from '../store.js'
import { severity, stateText, type Tone, toneOf, toneOfState } from '../tone.js'
import { Panel } from '../widgets/panel.js'
import { Pill } from '../widgets/pill.js'
import { type Column, type Sorting, Table } from '../widgets/table.js'
import type { Actor, World } from '../world/world.js'

/** The order is settled anew so often only: a row that jumps away under the pointer cannot be read. Batches. */
const RESORT_BATCHES = 10

export const search = signal('')
const sorting = signal<Sorting>({ key: 'severity', descending: true })

const figure = (value: number | undefined, format: (value: number) => string = brief): string =>
  value === undefined ? '' : format(value)

const quietZero = (value: number | undefined): preact.ComponentChildren =>
  value === undefined ? '' : value === 0 ? <i class="zero">0</i> : <b class="marked">{brief(value)}</b>

const unhandledOf = ({ figures, unhandled }: Actor): number => Math.max(figures.unhandled ?? 0, unhandled)

const KEYS: Readonly<Record<string, (actor: Actor) => number | string>> = {
  severity,
  name: ({ row }) => row.name,
  state: ({ state }) => stateText(state),
  depth: ({ figures }) => figures.depth ?? -1,
  rate: ({ figures }) => figures.eventsPerSecond ?? -1,
  p99: ({ figures }) => figures.p99Ms ?? -1,
  failed: ({ figures }) => figures.failed ?? -1,
  restarts: ({ figures }) => figures.restarts ?? -1,
  breaker: ({ figures }) => figures.breaker ?? '',
  unhandled: unhandledOf,
}

const columnsAt = (at: number): readonly Column<Actor>[] => [
  {
    key: 'name',
    label: 'Actor',
    width: 'minmax(128px, 1.3fr)',
    sortable: true,
    cell: ({ row }) => (
      <span class="actor-name" title={row.path}>
        {row.name}
      </span>
    ),
  },
  {
    key: 'state',
    label: 'State',
    width: 'minmax(104px, 1fr)',
    sortable: true,
    cell: (actor) => (
      <Pill tone={toneOf(actor)} title={stay(actor, at)}>
        {actor.status === 'active' ? stateText(actor.state) : actor.status}
      </Pill>
    ),
  },
  {
    key: 'depth',
    label: 'Depth',
    width: '58px',
    numeric: true,
    sortable: true,
    cell: ({ figures }) => figure(figures.depth),
  },
  {
    key: 'rate',
    label: 'Events/s',
    width: '68px',
    numeric: true,
    sortable: true,
    cell: ({ figures }) => figure(figures.eventsPerSecond),
  },
  {
    key: 'p99',
    label: 'p99',
    width: '68px',
    numeric: true,
    sortable: true,
    cell: ({ figures }) => figure(figures.p99Ms, duration),
  },
  {
    key: 'failed',
    label: 'Failed',
    width: '56px',
    numeric: true,
    sortable: true,
    cell: ({ figures }) => quietZero(figures.failed),
  },
  {
    key: 'restarts',
    label: 'Restarts',
    width: '64px',
    numeric: true,
    sortable: true,
    cell: ({ figures }) => quietZero(figures.restarts),
  },
  {
    key: 'unhandled',
    label: 'Unhandled',
    width: '80px',
    numeric: true,
    sortable: true,
    cell: (actor) => quietZero(unhandledOf(actor)),
  },
  {
    key: 'breaker',
    label: 'Breaker',
    width: '78px',
    sortable: true,
    cell: ({ figures }) => breakerCell(figures.breaker),
  },
]

const breakerCell = (state: string | undefined): preact.ComponentChildren => {
  if (state === undefined) return ''
  const tone: Tone = state === 'closed' ? 'quiet' : toneOfState([state])
  return <Pill tone={tone}>{state}</Pill>
}

function compare(key: string, descending: boolean): (left: Actor, right: Actor) => number {
  const read = KEYS[key] ?? severity
  const sign = descending ? -1 : 1
  return (left, right) => {
    const [a, b] = [read(left), read(right)]
    const order =
      typeof a === 'number' && typeof b === 'number'
        ? a - b
        : String(a).localeCompare(String(b), 'en', { numeric: true })
    return order === 0 ? left.row.actor - right.row.actor : sign * order
  }
}

const wordsOf = (actor: Actor): string =>
  `${actor.row.path} ${actor.row.kind} ${actor.state.join(' ')} ${actor.figures.breaker ?? ''}`.toLowerCase()

export function Actors({ world }: { readonly world: World }) {
  tick.value
  const words = search.value.trim().toLowerCase().split(/\s+/)
  const { key, descending } = sorting.value
  const field = useRef<HTMLInputElement>(null)
  // Actors change in place; the batch's number tells when to look again.
  const rows = useMemo(() => {
    const found = [...world.actors.values()].filter((actor) => {
      // Helpers that are no statecharts have nothing to show, but whoever asks for one by name finds it.
      if (actor.row.machine === undefined && search.value.trim() === '') return false
      const text = wordsOf(actor)
      return words.every((word) => text.includes(word))
    })
    return found.sort(compare(key, descending))
  }, [world, world.shape, Math.floor(world.sequence / RESORT_BATCHES), search.value, key, descending])
  const chosen = rows.find(({ row }) => row.path === selected.value)
  return (
    <Panel
      title="Actors"
      class="actors"
      flush
      aside={
        <>
          <span class="note" title="Helpers that are no statecharts are found by search">
            {rows.length === world.actors.size ? `${rows.length}` : `${rows.length} of ${world.actors.size}`}
          </span>
          <input
            ref={field}
            id="search"
            type="search"
            placeholder="Search  /"
            aria-label="Search actors by path, kind, state or breaker"
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value
            }}
            onKeyDown={(event) => {
              if (event.key === 'Escape') {
                search.value = ''
                field.current?.blur()
              }
            }}
          />
        </>
      }
    >
      <Table
        label="Actors"
        columns={columnsAt(world.at)}
        rows={rows}
        keyOf={({ row }) => row.actor}
        selected={chosen?.row.actor}
        onSelect={({ row }) => select(row.path)}
        onOpen={({ row }) => {
          select(row.path)
          show('statechart')
        }}
        sorting={sorting.value}
        onSort={(to) => {
          sorting.value = { key: to, descending: to === key ? !descending : !['name', 'state', 'breaker'].includes(to) }
        }}
        toneOf={(actor) => toneOf(actor)}
        empty="No actor answers to these words."
      />
    </Panel>
  )
}
