import type { ElkNode } from './graph.js'

interface Answer {
  readonly id: number
  readonly data?: ElkNode
  readonly error?: { readonly message?: string }
}

interface Waiting {
  resolve(graph: ElkNode): void
  reject(error: Error): void
}

/** Where the page finds elkjs, unmodified and beside its licence. */
const SCRIPT = './elk/elk-worker.min.js'

/** An exported file carries the script along, as text that nothing runs before it is asked for. */
function scriptUrl(): string {
  const text = document.querySelector(`script[data-file="${SCRIPT.slice(2)}"]`)?.textContent
  return text === undefined || text === null
    ? SCRIPT
    : URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
}

let worker: Worker | undefined
let asked = 0
const waiting = new Map<number, Waiting>()

function failAll(message: string): void {
  for (const { reject } of waiting.values()) reject(new Error(message))
  waiting.clear()
  worker?.terminate()
  worker = undefined
}

function theWorker(): Worker {
  if (worker !== undefined) return worker
  worker = new Worker(scriptUrl())
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const one = waiting.get(data.id)
    waiting.delete(data.id)
    if (data.error !== undefined) one?.reject(new Error(data.error.message ?? 'the layout failed'))
    else if (data.data !== undefined) one?.resolve(data.data)
  }
  worker.onerror = () => failAll('the layout worker could not be loaded')
  worker.postMessage({ id: 0, cmd: 'register', algorithms: ['layered'] })
  return worker
}

/**
 * Lays a graph out, off the page's own thread. The script of 1.6 MB is loaded with the first chart.
 *
 * @throws {Error} where the worker cannot be loaded or ELK refuses the graph.
 */
export function layOut(graph: ElkNode): Promise<ElkNode> {
  return new Promise((resolve, reject) => {
    asked += 1
    const id = asked
    waiting.set(id, { resolve, reject })
    theWorker().postMessage({ id, cmd: 'layout', graph, layoutOptions: {}, options: {} })
  })
}
