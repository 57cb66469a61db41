import './styles/font.css'
import 'uplot/dist/uPlot.min.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/table.css'
import './styles/overview.css'
import './styles/chart.css'
import './styles/statechart.css'
import './styles/entries.css'
import './styles/travel.css'
import './styles/sequence.css'
import './styles/letters.css'
import { render } from 'preact'
import { BASE, setToken } from './api.js'
import { App, ExportedApp, viewsNow } from './app.js'
import { startKeys } from './keys.js'
import { startRoute } from './route.js'
import { connect } from './store.js'
import { startTheme } from './theme.js'
import { takeToken } from './token.js'
import { takeEmbedded } from './travel/carried.js'
import { embedded } from './travel/embedded.js'

startTheme()
startKeys(viewsNow)
const page = document.getElementById('page')
const recording = takeEmbedded()
if (recording !== undefined) {
  if (page !== null) render(<ExportedApp source={embedded(recording)} />, page)
} else {
  const token = takeToken()
  setToken(token)
  startRoute()
  connect(new URL(BASE, location.href).href, token)
  if (page !== null) render(<App />, page)
}
