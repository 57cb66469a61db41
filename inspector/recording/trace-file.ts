import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { OutcryError } from 'outcry'
import type { Found, MachineDefinition, RecordedActor, RecordedState, RecordingInfo, TraceEntry } from '../protocol.js'
import { TRACE_FORMAT, TRACE_VERSION, type TraceEnd, type TraceHeader, type TraceLine } from './format.js'
import { linesOf } from './lines.js'
import { type Breakpoint, isFailure, Player, stopsAt } from './player.js'

/** Entries from one known place in the file to the next. */
const STRIDE = 64
/** Entries from one kept state to the next, at first; doubled where there come to be too many. */
const KEYFRAME = 2_048
const KEYFRAMES = 128
const LANDMARKS = 200

const invalid = (path: string, line: number, why: string): OutcryError =>
  new OutcryError('OUTCRY_TRACE_INVALID', `${path}:${line}: ${why}`, { path: `${path}:${line}` })

function parse(text: string, path: string, line: number): TraceLine | TraceHeader {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid(path, line, 'the line is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path, line, 'the line is no object')
  return value as TraceLine
}

/** Words for the entries that are worth a look; undefined for the others. */
function landmarkOf(entry: TraceEntry, nameOf: (actor: number) => string): string | undefined {
  if (entry.kind === 'note') return entry.text.slice(0, 120)
  if (entry.kind === 'dispatched' && isFailure(entry)) {
    const failed = entry.outcomes.filter((outcome) => outcome.failed > 0)
    return `chunk ${entry.chunk}: ${failed.map((outcome) => `${outcome.strategy} failed on ${outcome.failedSequences.join(', ')}`).join('; ')}`
  }
  if (entry.kind !== 'step') return undefined
  const leaf = entry.state.at(-1) ?? ''
  if (entry.edges.length > 0 && /[.](hung|faulted|backingOff|open|isolated|failed|halted)$/.test(leaf))
    return `${nameOf(entry.actor)}: ${leaf.split('.').at(-1)}`
  return undefined
}

/** A recording in a file: read once to know what is where, and then only where it is asked about. */
export class TraceFile {
  readonly info: RecordingInfo
  readonly header: TraceHeader
  private readonly offsets: number[] = []
  private keyframes: RecordedState[] = [new Player().state()]
  private keyframeEvery = KEYFRAME

  /** @throws {OutcryError} OUTCRY_TRACE_INVALID if the file is missing or no recording. */
  constructor(readonly path: string) {
    if (!existsSync(path) || !statSync(path).isFile())
      throw new OutcryError('OUTCRY_TRACE_INVALID', `There is no file ${path}.`, { path, value: path })
    const machines: Record<string, MachineDefinition> = {}
    const actors: RecordedActor[] = []
    const names = new Map<number, string>()
    const kinds: Record<string, number> = {}
    const landmarks: { entry: number; text: string }[] = []
    const player = new Player()
    let header: TraceHeader | undefined
    let end: TraceEnd | undefined
    let [line, entries, from] = [0, 0, 0]
    for (const { text, offset } of linesOf(path)) {
      line += 1
      if (text === '') continue
      let found: TraceLine | TraceHeader
      try {
        found = parse(text, path, line)
      } catch (error) {
        // The last line of a run that was cut off may be half a line.
        if (header !== undefined && offset + Buffer.byteLength(text) >= statSync(path).size) break
        throw error
      }
      if (header === undefined) {
        header = headerOf(found, path)
        continue
      }
      if (!('kind' in found)) throw invalid(path, line, 'the line is no entry')
      if (found.kind === 'end') end = found
      else if (found.kind === 'machine') machines[found.machine.id] = found.machine
      else {
        if (entries % STRIDE === 0) this.offsets.push(offset)
        entries += 1
        const entry = { entry: entries, ...found } as TraceEntry
        if (entries === 1) from = entry.clock
        kinds[entry.kind] = (kinds[entry.kind] ?? 0) + 1
        if (entry.kind === 'spawned') {
          const { actor, path: where, parent, machine } = entry
          const name = where.slice(where.lastIndexOf('/') + 1)
          actors.push({ actor, path: where, name, parent, machine })
          names.set(actor, name)
        }
        const landmark = landmarks.length < LANDMARKS ? landmarkOf(entry, (actor) => names.get(actor) ?? '') : undefined
        if (landmark !== undefined) landmarks.push({ entry: entries, text: landmark })
        player.apply(entry)
        if (entries % this.keyframeEvery === 0) this.keep(player.state())
      }
    }
    if (header === undefined) throw invalid(path, 1, `the file is empty and no ${TRACE_FORMAT}`)
    this.header = header
    const { title, seed, startedAt } = header
    this.info = {
      file: basename(path),
      version: header.package,
      title,
      seed,
      startedAt,
      entries,
      from,
      to: player.clock,
      machines,
      actors,
      kinds,
      leftOut: end?.leftOut ?? 0,
      digest: end?.digest,
      landmarks,
    }
  }

  /** Entries from a number on, in order. */
  *from(first: number): Generator<TraceEntry> {
    if (first > this.info.entries) return
    const stride = Math.floor((first - 1) / STRIDE)
    let entry = stride * STRIDE
    for (const { text } of linesOf(this.path, this.offsets[stride] ?? 0)) {
      if (text === '') continue
      const line = parse(text, this.path, 0)
      if (!('kind' in line) || line.kind === 'machine') continue
      if (line.kind === 'end') return
      entry += 1
      if (entry >= first) yield { entry, ...line } as TraceEntry
      if (entry >= this.info.entries) return
    }
  }

  entries(first: number, limit: number): TraceEntry[] {
    const found: TraceEntry[] = []
    if (limit <= 0) return found
    for (const entry of this.from(Math.max(1, first))) {
      found.push(entry)
      if (found.length >= limit) break
    }
    return found
  }

  /** All actors once an entry has happened; 0 is before the first. */
  state(at: number): RecordedState {
    const wanted = Math.min(at, this.info.entries)
    const keyframe = this.keyframes.findLast((state) => state.at <= wanted)
    const player = new Player()
    if (keyframe !== undefined) player.resume(keyframe)
    if (player.at >= wanted) return player.state()
    for (const entry of this.from(player.at + 1)) {
      player.apply(entry)
      if (player.at >= wanted) break
    }
    return player.state()
  }

  /** The next entry from one on at which a run stops, or the last one before it. */
  find(first: number, breakpoint: Breakpoint, direction: 'forward' | 'backward'): Found {
    let looked = 0
    if (direction === 'forward') {
      for (const entry of this.from(Math.max(1, first))) {
        looked += 1
        if (stopsAt(entry, breakpoint)) return { entry, looked }
      }
      return { entry: undefined, looked }
    }
    const last = Math.min(first, this.info.entries)
    for (let stride = Math.floor((last - 1) / STRIDE); stride >= 0; stride--) {
      const from = stride * STRIDE + 1
      const block = this.entries(from, Math.min(STRIDE, last - from + 1))
      for (const entry of block.reverse()) {
        looked += 1
        if (stopsAt(entry, breakpoint)) return { entry, looked }
      }
    }
    return { entry: undefined, looked }
  }

  private keep(state: RecordedState): void {
    this.keyframes.push(state)
    if (this.keyframes.length <= KEYFRAMES) return
    this.keyframeEvery *= 2
    this.keyframes = this.keyframes.filter(({ at }) => at % this.keyframeEvery === 0)
  }
}

function headerOf(line: TraceLine | TraceHeader, path: string): TraceHeader {
  if (!('format' in line) || line.format !== TRACE_FORMAT) throw invalid(path, 1, `the file is no ${TRACE_FORMAT}`)
  if (line.version !== TRACE_VERSION)
    throw invalid(path, 1, `the recording is of version ${String(line.version)}, and ${TRACE_VERSION} is known`)
  return line
}
