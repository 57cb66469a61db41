import { OverviewView } from './overview/overview.js'
import { VIEWS, type View, view } from './route.js'
import { Shell } from './shell.js'
import { StatechartView } from './statechart/view.js'
import { hello, status } from './store.js'

const RECORDED: readonly View[] = ['travel']

/** A recording has no engine behind it: what there is to see of it is in one view. */
export const viewsNow = (): readonly View[] => (hello.value?.mode === 'recording' ? RECORDED : VIEWS)

export function App() {
  return <Shell views={viewsNow()}>{hello.value === undefined ? <Waiting /> : <Current />}</Shell>
}

function Current() {
  switch (view.value) {
    case 'statechart':
      return <StatechartView />
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
