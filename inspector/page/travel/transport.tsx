import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { environment } from '../environment.js'
import { count, moment } from '../format.js'
import { onKeys } from '../keys.js'
import type { Breakpoint } from './source.js'
import type { Tape } from './tape.js'

export const playing = signal(false)
const pace = signal(10)
/** What play and `n` stop at; empty: the landmarks. */
export const breakpoint = signal<Breakpoint>({})

const PACES = [2, 10, 50, 250] as const

export const hasBreakpoint = (): boolean => Object.keys(breakpoint.value).length > 0

/** The next or previous match of the breakpoint, or landmark where there is none. */
export async function toNext(tape: Tape, direction: 'forward' | 'backward'): Promise<void> {
  playing.value = false
  if (hasBreakpoint()) {
    await tape.seek(direction, breakpoint.value)
    return
  }
  const { landmarks } = tape.info
  const at = tape.at.value
  const next =
    direction === 'forward'
      ? landmarks.find(({ entry }) => entry > at)
      : [...landmarks].reverse().find(({ entry }) => entry < at)
  if (next !== undefined) tape.go(next.entry)
}

function Marks({ tape, parting }: { readonly tape: Tape; readonly parting: number | undefined }) {
  const { landmarks, entries } = tape.info
  const left = (entry: number): string => `${((entry - 1) / Math.max(1, entries - 1)) * 100}%`
  return (
    <div class="marks" aria-hidden="true">
      {landmarks.map(({ entry, text }) => (
        <i
          key={`${entry} ${text}`}
          class={/violation|fail|fault|hung|open/.test(text) ? 'bad' : ''}
          style={{ left: left(entry) }}
          title={text}
        />
      ))}
      {parting !== undefined && <i class="parting" style={{ left: left(parting) }} title="Here the runs part" />}
    </div>
  )
}

/** Scrub, step and play, like a tape. */
export function Transport({ tape, parting }: { readonly tape: Tape; readonly parting: number | undefined }) {
  const at = tape.at.value
  const { entries } = tape.info
  const clock = tape.state.value?.clock
  const step = (by: number): void => {
    playing.value = false
    tape.go(at + by)
  }

  useEffect(() => {
    if (!playing.value) return
    const timer = environment.setTimeout(
      () => {
        if (tape.at.value >= entries) playing.value = false
        else tape.go(tape.at.value + Math.max(1, Math.round(pace.value / 20)))
      },
      Math.max(50, 1_000 / pace.value),
    )
    return () => environment.clearTimeout(timer)
  }, [at, playing.value, pace.value, tape])

  useEffect(() =>
    onKeys({
      ArrowLeft: ({ shiftKey }) => step(shiftKey ? -10 : -1),
      ArrowRight: ({ shiftKey }) => step(shiftKey ? 10 : 1),
      Home: () => step(-entries),
      End: () => step(entries),
      n: () => void toNext(tape, 'forward'),
      p: () => void toNext(tape, 'backward'),
      ' ': () => {
        playing.value = !playing.value
      },
    }),
  )

  return (
    <section class="transport" aria-label="Position in the recording">
      <div class="transport-keys">
        <button
          type="button"
          class="button"
          aria-label="To the start"
          title="To the start (Home)"
          onClick={() => step(-entries)}
        >
          ⏮
        </button>
        <button
          type="button"
          class="button"
          aria-label="One entry back"
          title="One entry back (←)"
          onClick={() => step(-1)}
        >
          ◀
        </button>
        <button
          type="button"
          class={playing.value ? 'button on' : 'button'}
          aria-label={playing.value ? 'Pause' : 'Play'}
          title="Play and pause (Space)"
          onClick={() => {
            playing.value = !playing.value
          }}
        >
          {playing.value ? '❚❚' : '▶▶'}
        </button>
        <button type="button" class="button" aria-label="One entry on" title="One entry on (→)" onClick={() => step(1)}>
          ▶
        </button>
        <button
          type="button"
          class="button"
          aria-label="To the end"
          title="To the end (End)"
          onClick={() => step(entries)}
        >
          ⏭
        </button>
        <select
          aria-label="Pace"
          value={pace.value}
          onChange={(event) => (pace.value = Number(event.currentTarget.value))}
        >
          {PACES.map((one) => (
            <option key={one} value={one}>
              {one}/s
            </option>
          ))}
        </select>
      </div>
      <div class="track">
        <Marks tape={tape} parting={parting} />
        <input
          type="range"
          aria-label="Entry"
          min={Math.min(1, entries)}
          max={entries}
          value={at}
          onInput={(event) => {
            playing.value = false
            tape.go(Number(event.currentTarget.value))
          }}
        />
      </div>
      <output class="position">
        <b>{count(at)}</b> of {count(entries)}
        <small>{clock === undefined ? '' : moment(clock)}</small>
      </output>
    </section>
  )
}
