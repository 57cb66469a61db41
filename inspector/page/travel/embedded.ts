import type { ExportedRecording, RecordedState, TraceEntry } from '../../protocol-recording.js'
import { Player, stopsAt } from '../../recording/player.js'
import type { Breakpoint, Direction, RecordingSource } from './source.js'

/** Entries between two states that are kept, so that a jump plays no more than these. */
const KEYFRAME_EVERY = 500

/** A recording that stands in the page itself, which then needs no server: see `RecordingSource`. */
export function embedded({ info, before, entries }: ExportedRecording): RecordingSource {
  const first = before.at + 1
  const keyframes = new Map<number, RecordedState>([[before.at, before]])

  const at = (entry: number): TraceEntry | undefined => entries[entry - first]
  const stateAt = (wanted: number): RecordedState => {
    const place = Math.min(before.at + entries.length, Math.max(before.at, wanted))
    let from = place - ((place - before.at) % KEYFRAME_EVERY)
    while (!keyframes.has(from)) from -= KEYFRAME_EVERY
    const player = new Player().resume(keyframes.get(from) ?? before)
    for (let next = from + 1; next <= place; next++) {
      const entry = at(next)
      if (entry !== undefined) player.apply(entry)
      if ((next - before.at) % KEYFRAME_EVERY === 0) keyframes.set(next, player.state())
    }
    return player.state()
  }
  const find = (from: number, direction: Direction, breakpoint: Breakpoint): TraceEntry | undefined => {
    const step = direction === 'forward' ? 1 : -1
    for (let place = from; at(place) !== undefined; place += step) {
      const entry = at(place)
      if (entry !== undefined && stopsAt(entry, breakpoint)) return entry
    }
    return undefined
  }
  return {
    range: { first, last: before.at + entries.length },
    exportPath: undefined,
    info: () => Promise.resolve(info),
    entries: (_run, from, limit) => Promise.resolve(entries.slice(Math.max(0, from - first), from - first + limit)),
    state: (_run, entry) => Promise.resolve(stateAt(entry)),
    find: (_run, from, direction, breakpoint) =>
      Promise.resolve({ entry: find(from, direction, breakpoint), looked: entries.length }),
    compare: () => Promise.reject(new Error('an exported file holds one recording')),
  }
}
