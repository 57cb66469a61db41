import type { Comparison, Found, RecordedState, RecordingInfo, TraceEntry } from '../../protocol.js'
import { ask } from '../api.js'

/** What to stop at; fields left out match everything. */
export interface Breakpoint {
  readonly state?: string
  readonly event?: string
  readonly kind?: string
  readonly actor?: number
  readonly text?: string
}

export type Direction = 'forward' | 'backward'

/** Where a recording is read from: a server that holds its file, or the page itself if it was exported. */
export interface RecordingSource {
  info(run: number): Promise<RecordingInfo>
  entries(run: number, from: number, limit: number): Promise<readonly TraceEntry[]>
  state(run: number, at: number): Promise<RecordedState>
  find(run: number, from: number, direction: Direction, breakpoint: Breakpoint): Promise<Found>
  compare(): Promise<Comparison>
  /** Undefined where it is an exported file already. */
  readonly exportPath: string | undefined
  /** Numbers of the first and last entry that are there, where not all are. */
  readonly range?: { readonly first: number; readonly last: number }
}

export const served: RecordingSource = {
  info: (run) => ask('recording', { run }),
  entries: (run, from, limit) => ask('recording/entries', { run, from, limit }),
  state: (run, at) => ask('recording/state', { run, at }),
  find: (run, from, direction, { state, event, kind, actor, text }) =>
    ask('recording/find', { run, from, direction, state, event, kind, actor, text }),
  compare: () => ask('recording/compare'),
  exportPath: 'recording/export',
}
