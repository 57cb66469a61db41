import type { StateDefinition } from '../../protocol.js'
import { type Chart, guardText, shortName, type Transition } from './model.js'

/** A line of small print inside a state. */
export interface BoxRow {
  readonly kind: 'entry' | 'exit' | 'invoke' | 'reaction' | 'ignored'
  /** A word before it, in a column of its own. */
  readonly lead: string
  /** What stands out: the event. */
  readonly text: string
  readonly rest: string
  /** What the row stands for, so that it can be lit when it happens. */
  readonly transition: Transition | undefined
}

/** Widths of text in the page's own font. Pixels. */
export type Measure = (text: string, style: 'title' | 'small') => number

export const TITLE_HEIGHT = 28
export const ROW_HEIGHT = 16
export const LABEL_HEIGHT = 15
export const LEAD_WIDTH = 46
const PADDING = 12
const MAX_WIDTH = 300
const MIN_WIDTH = 84

/** Without a target, action or guard a transition only says that the event is known and means nothing here. */
const isIgnored = ({ targets, actions, guard }: Transition): boolean =>
  targets.length === 0 && actions.length === 0 && guard === undefined

function leadsTo(chart: Chart, { source, targets }: Transition): string {
  if (targets.length === 0) return ''
  if (targets.every((target) => target === source)) return '↻'
  const whole = shortName(chart, source)
  return `→ ${targets.map((target) => shortName(chart, target).replace(`${whole}.`, '')).join(', ')}`
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')

export function reactionRow(chart: Chart, transition: Transition): BoxRow {
  const does = transition.actions.length > 0 ? `/ ${transition.actions.join(', ')}` : ''
  const rest = joined(guardText(transition), leadsTo(chart, transition), does)
  return { kind: 'reaction', lead: '', text: transition.event, rest, transition }
}

/** All that is written inside a state: what it does, and the transitions that are listed and not drawn. */
export function rowsOf(chart: Chart, state: StateDefinition, listed: readonly Transition[]): readonly BoxRow[] {
  const rows: BoxRow[] = []
  const does = (kind: 'entry' | 'exit' | 'invoke', lead: string, what: readonly string[]): void => {
    if (what.length > 0) rows.push({ kind, lead, text: '', rest: what.join(', '), transition: undefined })
  }
  does('entry', 'entry', state.entry)
  does('invoke', 'runs', state.invokes)
  does('exit', 'exit', state.exit)
  rows.push(...listed.filter((one) => !isIgnored(one)).map((one) => reactionRow(chart, one)))
  const ignored = listed.filter(isIgnored).map(({ event }) => event)
  if (ignored.length > 0) {
    rows.push({ kind: 'ignored', lead: 'ignores', text: '', rest: ignored.join(', '), transition: undefined })
  }
  return rows
}

const rowWidth = (row: BoxRow, measure: Measure): number =>
  (row.lead === '' ? 0 : LEAD_WIDTH) + measure(joined(row.text, row.rest), 'small')

/** Size of a state without children, or of the head of one with. Pixels. */
export function boxSize(
  state: StateDefinition,
  rows: readonly BoxRow[],
  measure: Measure,
): { readonly width: number; readonly height: number } {
  const widths = [measure(state.key, 'title') + 20, ...rows.map((row) => Math.min(MAX_WIDTH, rowWidth(row, measure)))]
  return {
    width: Math.ceil(Math.max(MIN_WIDTH, ...widths) + 2 * PADDING),
    height: TITLE_HEIGHT + (rows.length === 0 ? 2 : rows.length * ROW_HEIGHT + 8),
  }
}

/** What stands on an edge, one line for each transition that takes it. */
export const labelText = (transition: Transition): string => joined(transition.event, guardText(transition))
