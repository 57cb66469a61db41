import { useEffect, useState } from 'preact/hooks'
import type { DeadLetterRow, LetterFilter } from '../../protocol.js'
import { ActionButton, mayAct, NOT_ALLOWED } from '../actions.js'
import { environment } from '../environment.js'
import { count, timeOfDay } from '../format.js'
import { Panel } from '../widgets/panel.js'
import { type Column, Table } from '../widgets/table.js'
import { Breakers } from './breakers.js'
import { LetterPanel } from './letter.js'
import { filter, list, offset, PAGE, problem, refresh, setFilter, turn } from './list.js'

const EVERY_MS = 1_000

const REASONS = ['refused', 'expired', 'timeout', 'breaker-open', 'poison', 'shutdown'] as const

const COLUMNS: readonly Column<DeadLetterRow>[] = [
  { key: 'at', label: 'At', width: '100px', cell: ({ at }) => <span class="dim">{timeOfDay(at)}</span> },
  { key: 'reason', label: 'Reason', width: '96px', cell: ({ reason }) => reason },
  { key: 'strategy', label: 'Strategy', width: 'minmax(100px, 0.8fr)', cell: ({ strategy }) => strategy ?? '–' },
  {
    key: 'event',
    label: 'Event',
    width: 'minmax(100px, 0.7fr)',
    cell: ({ event }) => (event === undefined ? '–' : `${event.type} ${event.symbol ?? ''}`),
  },
  { key: 'error', label: 'Error', width: 'minmax(160px, 1.6fr)', cell: ({ error }) => error },
  { key: 'attempts', label: 'Tries', width: '52px', numeric: true, cell: ({ attempts }) => attempts },
]

function FilterField({ name, label }: { readonly name: keyof LetterFilter; readonly label: string }) {
  return (
    <input
      type="search"
      placeholder={label}
      aria-label={`Only letters of this ${label.toLowerCase()}`}
      value={filter.value[name] ?? ''}
      onChange={(event) => setFilter(name, event.currentTarget.value)}
    />
  )
}

function Pager({ total }: { readonly total: number }) {
  if (total <= PAGE) return null
  const from = offset.value
  return (
    <span class="pager">
      <button type="button" class="button" aria-label="Earlier letters" disabled={from === 0} onClick={() => turn(-1)}>
        ‹
      </button>
      <span class="note">
        {count(from + 1)}–{count(Math.min(total, from + PAGE))}
      </span>
      <button
        type="button"
        class="button"
        aria-label="Later letters"
        disabled={from + PAGE >= total}
        onClick={() => turn(1)}
      >
        ›
      </button>
    </span>
  )
}

export function LettersView() {
  const [chosen, setChosen] = useState<DeadLetterRow>()
  useEffect(() => environment.poll(refresh, EVERY_MS), [])
  const letters = list.value?.letters ?? []
  const total = list.value?.total ?? 0
  const held = letters.find(({ id }) => id === chosen?.id)
  const onGone = (): void => {
    const at = letters.findIndex(({ id }) => id === chosen?.id)
    setChosen(letters[at + 1] ?? letters[at - 1])
    void refresh()
  }
  const filtered = Object.keys(filter.value).length > 0
  return (
    <div class="letters">
      <Panel
        title="Dead letters"
        flush
        aside={
          <>
            <span class="note">{filtered ? `${count(total)} match` : `${count(total)} held`}</span>
            <Pager total={total} />
          </>
        }
      >
        <div class="filters">
          <select
            aria-label="Only letters of this reason"
            value={filter.value.reason ?? ''}
            onChange={(event) => setFilter('reason', event.currentTarget.value)}
          >
            <option value="">Any reason</option>
            {REASONS.map((reason) => (
              <option key={reason} value={reason}>
                {reason}
              </option>
            ))}
          </select>
          <FilterField name="strategy" label="Strategy" />
          <FilterField name="type" label="Type" />
          <FilterField name="symbol" label="Symbol" />
          <span class="spacer" />
          <ActionButton
            label={filtered ? 'Redrive matching' : 'Redrive all'}
            action={{ action: 'deadLetters.redrive', filter: filter.value }}
            done="Redriven"
            disabled={total === 0}
            onDone={() => void refresh()}
          />
          <ActionButton
            label={filtered ? 'Discard matching' : 'Discard all'}
            danger
            action={{ action: 'deadLetters.discard', filter: filter.value }}
            done="Discarded"
            disabled={total === 0}
            onDone={() => void refresh()}
          />
        </div>
        {!mayAct() && <p class="hint">{NOT_ALLOWED}</p>}
        <Table
          label="Dead letters"
          columns={COLUMNS}
          rows={letters}
          keyOf={({ id }) => id}
          selected={held?.id}
          onSelect={(row) => setChosen(row)}
          empty={
            problem.value ??
            (filtered ? 'No letter matches.' : 'Nothing is dead: every delivery that failed was retried in time.')
          }
        />
      </Panel>
      <div class="side">
        <LetterPanel row={held ?? chosen} onGone={onGone} />
        <Breakers />
      </div>
    </div>
  )
}
