import { useEffect, useState } from 'preact/hooks'
import type { Comparison } from '../../protocol.js'
import { ChartCanvas } from '../statechart/canvas.js'
import { hello } from '../store.js'
import { Empty, Panel } from '../widgets/panel.js'
import { Compared, partingOf } from './compared.js'
import { Difference } from './difference.js'
import { Entries } from './entries.js'
import { ExportButton } from './export.js'
import { ActorsThen, BreakpointPanel, EntryPanel, Landmarks } from './side.js'
import type { RecordingSource } from './source.js'
import { type Opened, openTapes, type Tape } from './tape.js'
import { Transport } from './transport.js'
import { actorOf } from './words.js'

export function TravelView({ source }: { readonly source: RecordingSource }) {
  const [opened, setOpened] = useState<Opened | string>()
  useEffect(() => {
    if (hello.value?.mode === 'live') return
    openTapes(source, hello.value?.recordings?.length ?? 1).then(
      (both) => {
        both.first.go(both.first.first)
        both.second?.go(both.second.first)
        setOpened(both)
      },
      (error: unknown) => setOpened(error instanceof Error ? error.message : String(error)),
    )
  }, [source])
  if (hello.value?.mode === 'live') return <HowToRecord />
  if (opened === undefined) return <Empty>Opening the recording …</Empty>
  if (typeof opened === 'string') return <Empty>{opened}</Empty>
  return <Recording opened={opened} />
}

function HowToRecord() {
  return (
    <div class="how">
      <h1>Time travel is for recordings</h1>
      <p>
        A recording holds every accepted event, every chunk and what became of it, and every step of every actor. Make
        one, of a run or of a simulation, and open it here:
      </p>
      <pre>
        outcry run --record run.trace{'\n'}outcry simulate --seed 42 --trace seed-42.trace{'\n'}
        {'\n'}outcry inspect run.trace{'\n'}outcry inspect before.trace after.trace
      </pre>
      <p>
        Then scrub, step, stop at a state or an event, compare two runs and go to their first difference. What the actor
        that you have selected did last is in the view “Statechart” without a recording.
      </p>
    </div>
  )
}

function Recording({ opened }: { readonly opened: Opened }) {
  const { first, second, comparison } = opened
  const [both, setBoth] = useState(second !== undefined)
  const { info } = first
  const parting = partingOf(comparison)
  return (
    <div class={both ? 'travel comparing' : 'travel'}>
      <header class="travel-head">
        <h1>{info.title}</h1>
        <p class="note">
          {info.file}
          {info.seed !== undefined && ` · seed ${info.seed}`}
          {info.digest !== undefined && ` · digest ${info.digest}`}
          {info.leftOut > 0 && ` · ${info.leftOut} entries left out, as the recording had reached its bound`}
        </p>
        {first.problem.value !== undefined && <p class="note bad">{first.problem.value}</p>}
        <span class="spacer" />
        {second !== undefined && (
          <button
            type="button"
            class={both ? 'button on' : 'button'}
            aria-pressed={both}
            onClick={() => setBoth(!both)}
          >
            Compare
          </button>
        )}
        <ExportButton tape={first} />
      </header>
      <Transport tape={first} parting={parting} />
      {both && second !== undefined && comparison !== undefined ? (
        <Compared opened={opened} second={second} comparison={comparison} />
      ) : (
        <Entries tape={first} title="Entries" parting={parting} onGo={(entry) => first.go(entry)} />
      )}
      <Stage tape={first} comparison={both ? comparison : undefined} />
    </div>
  )
}

/** The statechart of one actor as it was then, and what else was known. */
function Stage({ tape, comparison }: { readonly tape: Tape; readonly comparison: Comparison | undefined }) {
  const at = tape.at.value
  const state = tape.state.value
  tape.loaded.value
  const entry = tape.entry(at)
  const [pinned, setPinned] = useState<number>()
  const [last, setLast] = useState<number>()
  const acting = actorOf(tape.info, entry)
  useEffect(() => {
    if (acting !== undefined) setLast(acting)
  }, [acting])
  const focus = pinned ?? acting ?? last ?? state?.actors[0]?.actor
  const actor = tape.info.actors.find((one) => one.actor === focus)
  const then = state?.actors.find((one) => one.actor === focus)
  const machine = actor?.machine === undefined ? undefined : tape.info.machines[actor.machine]
  return (
    <>
      <Panel
        title={actor?.path ?? 'No actor yet'}
        class="chart-panel"
        flush
        aside={
          <>
            <span class="note">{then === undefined ? 'not alive then' : (then.event ?? '')}</span>
            <button
              type="button"
              class={pinned === undefined ? 'button on' : 'button'}
              aria-pressed={pinned === undefined}
              title="Show whichever actor the entry is about"
              onClick={() => setPinned(pinned === undefined ? focus : undefined)}
            >
              Follow
            </button>
          </>
        }
      >
        {machine === undefined ? (
          <Empty>{actor === undefined ? 'No actor has moved yet.' : 'This actor is no statechart.'}</Empty>
        ) : (
          <ChartCanvas
            machine={machine}
            name={actor?.name ?? ''}
            situation={{ state: then?.state ?? [], taken: then?.edges ?? [], moment: then?.entry ?? 0 }}
          />
        )}
      </Panel>
      <div class="side">
        {comparison !== undefined && <Difference comparison={comparison} />}
        <BreakpointPanel tape={tape} />
        <Landmarks tape={tape} />
        <EntryPanel entry={entry} tape={tape} />
        <ActorsThen tape={tape} state={state} focus={focus} onFocus={setPinned} />
      </div>
    </>
  )
}
