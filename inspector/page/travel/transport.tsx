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
  const { landmarks } = tape.info
  const left = (entry: number): string => `${((entry - tape.first) / Math.max(1, tape.length - 1)) * 100}%`
  const isThere = (entry: number): boolean => entry >= tape.first && entry <= tape.last
  return (
    <div class="marks" aria-hidden="true">
      {landmarks
        .filter(({ entry }) => isThere(entry))
        .map(({ entry, text }) => (
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

const SIGNS = {
  start: 'M3 3v10M13 3 6 8l7 5Z',
  back: 'M11 3 4 8l7 5Z',
  play: 'M4 3l9 5-9 5Z',
  pause: 'M5 3v10M11 3v10',
  on: 'M5 3l7 5-7 5Z',
  end: 'M13 3v10M3 3l7 5-7 5Z',
} as const

function Sign({ name }: { readonly name: keyof typeof SIGNS }) {
  return (
    <svg class="sign" viewBox="0 0 16 16" aria-hidden="true">
      <path d={SIGNS[name]} />
    </svg>
  )
}

/** Scrub, step and play, like a tape. */
export function Transport({ tape, parting }: { readonly tape: Tape; readonly parting: number | undefined }) {
  const at = tape.at.value
  const { first, last, length } = tape
  const clock = tape.state.value?.clock
  const step = (by: number): void => {
    playing.value = false
    tape.go(at + by)
  }

  useEffect(() => {
    if (!playing.value) return
    const timer = environment.setTimeout(
      () => {
        if (tape.at.value >= last) playing.value = false
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
      Home: () => step(-length),
      End: () => step(length),
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
          onClick={() => step(-length)}
        >
          <Sign name="start" />
        </button>
        <button
          type="button"
          class="button"
          aria-label="One entry back"
          title="One entry back (←)"
          onClick={() => step(-1)}
        >
          <Sign name="back" />
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
          <Sign name={playing.value ? 'pause' : 'play'} />
        </button>
        <button type="button" class="button" aria-label="One entry on" title="One entry on (→)" onClick={() => step(1)}>
          <Sign name="on" />
        </button>
        <button
          type="button"
          class="button"
          aria-label="To the end"
          title="To the end (End)"
          onClick={() => step(length)}
        >
          <Sign name="end" />
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
          min={first}
          max={last}
          value={at}
          onInput={(event) => {
            playing.value = false
            tape.go(Number(event.currentTarget.value))
          }}
        />
      </div>
      <output class="position">
        <b>{count(at)}</b> of {count(last)}
        <small>{clock === undefined ? '' : moment(clock)}</small>
      </output>
    </section>
  )
}
