import { useState } from 'preact/hooks'
import type { RecordedState, TraceEntry } from '../../protocol.js'
import { count } from '../format.js'
import { Facts } from '../statechart/detail.js'
import { stateText, toneOfState } from '../tone.js'
import { Json } from '../widgets/json.js'
import { Empty, Panel } from '../widgets/panel.js'
import { Pill } from '../widgets/pill.js'
import type { Breakpoint } from './source.js'
import type { Tape } from './tape.js'
import { breakpoint, hasBreakpoint, toNext } from './transport.js'

export function EntryPanel({ entry, tape }: { readonly entry: TraceEntry | undefined; readonly tape: Tape }) {
  const state = tape.state.value
  return (
    <Panel title={entry === undefined ? 'Entry' : `${entry.kind} · ${count(entry.entry)}`} class="entry-panel">
      {state !== undefined && (
        <Facts
          facts={[
            ['accepted', count(state.accepted)],
            ['chunks', count(state.dispatched)],
            ['failures', count(state.failures)],
          ]}
        />
      )}
      {entry === undefined ? <Empty>…</Empty> : <Json value={bare(entry)} />}
    </Panel>
  )
}

/** Without what stands in the title already. */
function bare(entry: TraceEntry): Record<string, unknown> {
  const { entry: _number, kind: _kind, ...rest } = entry
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
}

const KINDS = ['failure', 'accepted', 'dispatched', 'outcome', 'step', 'spawned', 'stopped', 'note'] as const

export function BreakpointPanel({ tape }: { readonly tape: Tape }) {
  const [missed, setMissed] = useState(false)
  const set = (name: keyof Breakpoint, value: string): void => {
    const { [name]: _, ...rest } = breakpoint.value
    breakpoint.value = value.trim() === '' ? rest : { ...rest, [name]: value.trim() }
    setMissed(false)
  }
  const seek = (direction: 'forward' | 'backward'): void => {
    const before = tape.at.value
    void toNext(tape, direction).then(() => setMissed(tape.at.value === before))
  }
  const field = (name: 'state' | 'event' | 'text', label: string, placeholder: string) => (
    <label>
      {label}
      <input
        type="search"
        placeholder={placeholder}
        value={breakpoint.value[name] ?? ''}
        onInput={(event) => set(name, event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') seek(event.shiftKey ? 'backward' : 'forward')
        }}
      />
    </label>
  )
  return (
    <Panel
      title="Breakpoint"
      class="breakpoint"
      aside={missed ? <span class="note bad">none that way</span> : undefined}
    >
      <div class="fields">
        {field('state', 'State', 'hung')}
        {field('event', 'Event', 'breaker.trip')}
        <label>
          Kind
          <select value={breakpoint.value.kind ?? ''} onChange={(event) => set('kind', event.currentTarget.value)}>
            <option value="">any</option>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {kind}
              </option>
            ))}
          </select>
        </label>
        {field('text', 'Text', 'anywhere')}
      </div>
      <div class="buttons">
        <button
          type="button"
          class="button"
          title="Previous (p)"
          disabled={tape.searching.value}
          onClick={() => seek('backward')}
        >
          ‹ Previous
        </button>
        <button
          type="button"
          class="button"
          title="Next (n)"
          disabled={tape.searching.value}
          onClick={() => seek('forward')}
        >
          Next ›
        </button>
        {hasBreakpoint() && (
          <button type="button" class="button" onClick={() => (breakpoint.value = {})}>
            Clear
          </button>
        )}
      </div>
    </Panel>
  )
}

export function Landmarks({ tape }: { readonly tape: Tape }) {
  const { landmarks } = tape.info
  const at = tape.at.value
  return (
    <Panel title="Landmarks" class="landmarks" flush aside={<span class="note">{landmarks.length}</span>}>
      {landmarks.length === 0 ? (
        <Empty>Nothing failed, restarted or opened.</Empty>
      ) : (
        <ol class="landmark-list">
          {landmarks.map(({ entry, text }) => (
            <li key={`${entry} ${text}`}>
              <button type="button" aria-current={entry === at ? 'step' : undefined} onClick={() => tape.go(entry)}>
                <i>{count(entry)}</i>
                <span>{text}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}

interface ActorsThenProps {
  readonly tape: Tape
  readonly state: RecordedState | undefined
  readonly focus: number | undefined
  onFocus(actor: number): void
}

/** Every actor that was alive then, those that moved last first. */
export function ActorsThen({ tape, state, focus, onFocus }: ActorsThenProps) {
  const paths = new Map(tape.info.actors.map(({ actor, path }) => [actor, path]))
  const actors = [...(state?.actors ?? [])].sort((left, right) => right.entry - left.entry).slice(0, 200)
  return (
    <Panel title="Actors then" class="actors-then" flush aside={<span class="note">{state?.actors.length ?? 0}</span>}>
      <ul class="then-list">
        {actors.map(({ actor, state: ids, steps }) => (
          <li key={actor}>
            <button
              type="button"
              aria-pressed={actor === focus}
              onClick={() => onFocus(actor)}
              title={paths.get(actor)}
            >
              <span>{paths.get(actor)?.replace(/^.*\//, '')}</span>
              <Pill tone={toneOfState(ids)}>{stateText(ids)}</Pill>
              <small>{count(steps)}</small>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
