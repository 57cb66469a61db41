import { Hub, type Listener } from './hub.js'
import type { FromHub, ToHub } from './messages.js'

/** The part of a SharedWorker's scope that is used; the DOM's types describe only a page's. */
interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null
}

/** One hub an address and token: two engines on one port, one after the other, have two tokens. */
const hubs = new Map<string, Hub>()

function serve(port: MessagePort): void {
  let hub: Hub | undefined
  let key = ''
  const listener: Listener = { visible: true, tell: (message: FromHub) => port.postMessage(message) }
  const leave = (): void => {
    hub?.leave(listener)
    if (hub?.empty === true) hubs.delete(key)
    hub = undefined
  }
  port.onmessage = ({ data }: MessageEvent<ToHub>) => {
    if (data.kind === 'leave') return leave()
    listener.visible = data.visible
    if (data.kind === 'visible') return hub?.look()
    leave()
    key = `${data.base} ${data.token}`
    hub = hubs.get(key) ?? new Hub(data.base, data.token)
    hubs.set(key, hub)
    hub.join(listener)
  }
}

;(globalThis as unknown as SharedScope).onconnect = ({ ports }) => {
  for (const port of ports) serve(port)
}
