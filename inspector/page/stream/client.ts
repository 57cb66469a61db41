import { Hub, type Listener } from './hub.js'
import type { FromHub, ToHub } from './messages.js'

const isVisible = (): boolean => document.visibilityState === 'visible'

/** Follows the engine's stream through the SharedWorker of all tabs, or alone where there is none. */
export function follow(base: string, token: string, tell: (message: FromHub) => void): void {
  if (typeof SharedWorker === 'undefined') {
    followAlone(base, token, tell)
    return
  }
  const { port } = new SharedWorker(new URL('./hub.worker.ts', import.meta.url), { type: 'module', name: 'outcry' })
  const say = (message: ToHub): void => port.postMessage(message)
  const join = (): void => say({ kind: 'join', base, token, visible: isVisible() })
  port.onmessage = ({ data }: MessageEvent<FromHub>) => tell(data)
  join()
  document.addEventListener('visibilitychange', () => say({ kind: 'visible', visible: isVisible() }))
  // A worker is not told when a tab closes; and a tab that comes back from the cache joins anew.
  window.addEventListener('pagehide', () => say({ kind: 'leave' }))
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) join()
  })
}

function followAlone(base: string, token: string, tell: (message: FromHub) => void): void {
  const hub = new Hub(base, token)
  const listener: Listener = { visible: isVisible(), tell }
  hub.join(listener)
  document.addEventListener('visibilitychange', () => {
    listener.visible = isVisible()
    hub.look()
  })
}
