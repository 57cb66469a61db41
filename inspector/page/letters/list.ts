import { signal } from '@preact/signals'
import type { DeadLetterList, LetterFilter } from '../../protocol.js'
import { ask } from '../api.js'

export const PAGE = 100

export const filter = signal<LetterFilter>({})
export const offset = signal(0)
export const list = signal<DeadLetterList | undefined>(undefined)
export const problem = signal<string | undefined>(undefined)

/** Asks for the letters that the filter lets through; keeps the last answer where it fails. */
export async function refresh(): Promise<void> {
  const { reason, strategy, type, symbol } = filter.value
  try {
    const answer = await ask<DeadLetterList>('dead-letters', {
      offset: offset.value,
      limit: PAGE,
      reason,
      strategy,
      type,
      symbol,
    })
    list.value = answer
    problem.value = undefined
    // Letters went while a later page was shown.
    if (answer.letters.length === 0 && offset.value > 0) offset.value = Math.max(0, offset.value - PAGE)
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error)
  }
}

export function setFilter(name: keyof LetterFilter, value: string): void {
  const { [name]: _, ...rest } = filter.value
  filter.value = value.trim() === '' ? rest : { ...rest, [name]: value.trim() }
  offset.value = 0
  void refresh()
}

export function turn(pages: number): void {
  offset.value = Math.max(0, offset.value + pages * PAGE)
  void refresh()
}
