import type { StrategySeat } from './strategy-seat.js'
import { stateName } from './tree.js'

/** What a host sees of a strategy's state: its machine's own, without the detail of how it gets there. */
export function strategyState(seat: StrategySeat): string {
  const { actor } = seat
  if (actor === undefined) return 'idle'
  const { status, value } = actor.getSnapshot()
  if (status !== 'active') return 'stopped'
  const [outer = '', inner] = stateName(value as never).split('.')
  return outer === 'active' && inner !== undefined ? inner : outer
}
