import type { RecordingInfo, TraceEntry } from '../../protocol.js'
import type { TraceOutcome } from '../../protocol-recording.js'
import { type Tone, toneOfState } from '../tone.js'

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

const sum = (outcomes: readonly TraceOutcome[], what: 'failed' | 'skipped' | 'abandoned'): number =>
  outcomes.reduce((to, outcome) => to + outcome[what], 0)

const tail = (path: string | undefined): string => path?.slice(path.lastIndexOf('/') + 1) ?? 'an actor'

export const nameOf = (info: RecordingInfo, actor: number | undefined): string =>
  tail(info.actors.find((one) => one.actor === actor)?.path)

const stateOf = (ids: readonly string[]): string => ids.map((id) => id.slice(id.indexOf('.') + 1)).join(' · ')

export interface Said {
  /** Who or what it is about. */
  readonly about: string
  readonly text: string
  readonly tone: Tone
}

function outcomeText({ strategy, succeeded, failed, skipped, abandoned, late }: TraceOutcome): string {
  const parts = [
    succeeded > 0 ? `${succeeded} succeeded` : '',
    failed > 0 ? `${failed} failed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    abandoned > 0 ? `${abandoned} abandoned` : '',
    late ? 'late' : '',
  ]
  return `${strategy}: ${parts.filter((part) => part !== '').join(', ') || 'nothing'}`
}

/** An entry in a line. */
export function wordsOf(info: RecordingInfo, entry: TraceEntry): Said {
  switch (entry.kind) {
    case 'accepted': {
      const { type, symbol, sequence, source } = entry.event
      return { about: type, text: `${symbol ?? ''} #${sequence} from ${source}`.trim(), tone: 'quiet' }
    }
    case 'dispatched': {
      const { chunk, lane, sequences, outcomes } = entry
      const failed = sum(outcomes, 'failed')
      const skipped = sum(outcomes, 'skipped')
      const ends = [failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : ''].filter(
        (part) => part !== '',
      )
      const text = [plural(sequences.length, 'event'), lane, `to ${outcomes.length}`, ...ends].join(' · ')
      return { about: `chunk ${chunk}`, text, tone: failed > 0 ? 'bad' : skipped > 0 ? 'warn' : 'quiet' }
    }
    case 'outcome':
      return {
        about: `chunk ${entry.chunk}`,
        text: outcomeText(entry.outcome),
        tone: entry.outcome.failed > 0 ? 'bad' : 'warn',
      }
    case 'step':
      return {
        about: nameOf(info, entry.actor),
        text: `${entry.event} → ${stateOf(entry.state)}`,
        tone: toneOfState(entry.state),
      }
    case 'spawned':
      return { about: tail(entry.path), text: `begins as ${stateOf(entry.state) || 'a helper'}`, tone: 'quiet' }
    case 'stopped':
      return { about: nameOf(info, entry.actor), text: 'is gone', tone: 'quiet' }
    case 'note':
      return { about: 'note', text: entry.text, tone: /violation|fault|fail/.test(entry.text) ? 'bad' : 'quiet' }
  }
}

/** The actor that an entry is most about: the one that moved, or the first strategy that failed. */
export function actorOf(info: RecordingInfo, entry: TraceEntry | undefined): number | undefined {
  if (entry === undefined) return undefined
  if (entry.kind === 'step' || entry.kind === 'spawned') return entry.actor
  const outcomes = entry.kind === 'dispatched' ? entry.outcomes : entry.kind === 'outcome' ? [entry.outcome] : []
  const failing = outcomes.find(({ failed }) => failed > 0)?.strategy
  return failing === undefined
    ? undefined
    : info.actors.find(({ machine, name }) => machine === 'strategy' && name === failing)?.actor
}
