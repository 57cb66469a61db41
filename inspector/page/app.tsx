import { LettersView } from './letters/view.js'
import { OverviewView } from './overview/overview.js'
import { VIEWS, type View, view } from './route.js'
import { SequenceView } from './sequence/view.js'
import { Shell } from './shell.js'
import { StatechartView } from './statechart/view.js'
import { hello, status } from './store.js'
import { type RecordingSource, served } from './travel/source.js'
import { TravelView } from './travel/view.js'

const RECORDED: readonly View[] = ['travel']

/** A recording has no engine behind it: what there is to see of it is in one view. */
export const viewsNow = (): readonly View[] => (hello.value?.mode === 'recording' ? RECORDED : VIEWS)

/** An exported file: the page and its recording in one, with no server behind. */
export function ExportedApp({ source }: { readonly source: RecordingSource }) {
  view.value = 'travel'
  return (
    <Shell views={RECORDED}>
      <TravelView source={source} />
    </Shell>
  )
}

export function App() {
  return <Shell views={viewsNow()}>{hello.value === undefined ? <Waiting /> : <Current />}</Shell>
}

function Current() {
  if (hello.value?.mode === 'recording') return <TravelView source={served} />
  switch (view.value) {
    case 'statechart':
      return <StatechartView />
    case 'sequence':
      return <SequenceView />
    case 'letters':
      return <LettersView />
    case 'travel':
      return <TravelView source={served} />
    default:
      return <OverviewView />
  }
}

function Waiting() {
  const refused = status.value === 'refused'
  return (
    <div class="waiting" role="status">
      <h1>{refused ? 'The engine does not know this page.' : 'Looking for the engine …'}</h1>
      <p>
        {refused
          ? 'Each run has a token of its own. Open the address that the engine printed when it started, which carries it.'
          : 'If it has stopped, this page goes on as soon as it is back at the same address.'}
      </p>
    </div>
  )
}
