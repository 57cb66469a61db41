import type { ComponentChildren } from 'preact'
import { notice } from './actions.js'
import { EngineControls } from './engine-controls.js'
import { brief, duration } from './format.js'
import { Help, helping } from './help.js'
import { TONE_OF_HEALTH } from './overview/health.js'
import { show, VIEWS, type View, view } from './route.js'
import { hello, status, useWorld } from './store.js'
import type { StreamStatus } from './stream/messages.js'
import { nextTheme, theme } from './theme.js'
import { stateText, toneOfState } from './tone.js'
import { Pill } from './widgets/pill.js'

const NAMES: Readonly<Record<View, string>> = {
  overview: 'Overview',
  statechart: 'Statechart',
  sequence: 'Sequence',
  letters: 'Dead letters',
  travel: 'Time travel',
}

const SAID: Readonly<Record<StreamStatus, string>> = {
  connecting: 'connecting',
  open: 'live',
  lost: 'reconnecting',
  refused: 'refused',
  paused: 'paused, as no tab was looked at',
}

const THEME_SIGNS = { auto: '◐', dark: '●', light: '○' } as const

interface ShellProps {
  readonly views: readonly View[]
  readonly children: ComponentChildren
}

export function Shell({ views, children }: ShellProps) {
  const world = useWorld()
  const overview = world?.overview
  const live = hello.value?.mode === 'live'
  return (
    <>
      <header class="bar">
        <span class="brand">
          <svg viewBox="0 0 24 16" aria-hidden="true">
            <path d="M2 11V5m5 8V3m5 11V1m5 11V4m5 7V5" />
          </svg>
          Outcry
        </span>
        <nav class="tabs" aria-label="Views">
          {views.map((name) => (
            <button
              key={name}
              type="button"
              aria-current={view.value === name ? 'page' : undefined}
              title={`${NAMES[name]} (${VIEWS.indexOf(name) + 1})`}
              onClick={() => show(name)}
            >
              {NAMES[name]}
              {name === 'letters' && (overview?.ledger.deadLetters.held ?? 0) > 0 && (
                <small>{brief(overview?.ledger.deadLetters.held ?? 0)}</small>
              )}
            </button>
          ))}
        </nav>
        {live && overview !== undefined && (
          <div class="bar-state">
            <Pill tone={toneOfState([overview.state])} title="State of the engine">
              {stateText([`engine.${overview.state}`])}
            </Pill>
            <Pill
              tone={TONE_OF_HEALTH[overview.health.status]}
              title={overview.health.reasons.map(({ message }) => message).join('\n')}
            >
              {overview.health.status}
            </Pill>
            <EngineControls overview={overview} />
          </div>
        )}
        <button
          type="button"
          class="icon"
          aria-label={`Theme: ${theme.value}`}
          title={`Theme: ${theme.value} (t)`}
          onClick={nextTheme}
        >
          {THEME_SIGNS[theme.value]}
        </button>
        <button
          type="button"
          class="icon"
          aria-label="Keys and help"
          title="Keys and help (?)"
          onClick={() => (helping.value = true)}
        >
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <StatusLine />
      {notice.value !== undefined && (
        <output class={notice.value.bad ? 'notice bad' : 'notice'}>{notice.value.text}</output>
      )}
      <Help />
    </>
  )
}

function StatusLine() {
  const world = useWorld()
  const said = hello.value
  const recording = said?.mode !== 'live' && view.value === 'travel' && status.value !== 'lost'
  const tone = status.value === 'open' ? 'ok' : status.value === 'refused' ? 'bad' : 'warn'
  const skipped = world?.skipped
  return (
    <footer class="status">
      <Pill tone={recording ? 'quiet' : tone}>{recording ? 'recording' : SAID[status.value]}</Pill>
      {world !== undefined && !recording && (
        <>
          <span>{world.actors.size} actors</span>
          <span class="wide">heap {Math.round(world.overview.heapUsedMb)} MB</span>
          <span class="wide">loop delay {duration(world.overview.loopDelayMs)}</span>
          <span class="wide">{brief(world.overview.signals)} signals</span>
          <span title="Seen and counted, but not sent one by one: microsteps, messages, changes put off, facts">
            skipped {brief(skipped?.steps ?? 0)} steps · {brief(skipped?.messages ?? 0)} messages
            {(skipped?.changes ?? 0) + (skipped?.facts ?? 0) > 0 &&
              ` · ${brief((skipped?.changes ?? 0) + (skipped?.facts ?? 0))} other`}
          </span>
        </>
      )}
      <span class="spacer" />
      {said !== undefined && (
        <span class="wide">
          outcry {said.version} · {said.run}
        </span>
      )}
    </footer>
  )
}
