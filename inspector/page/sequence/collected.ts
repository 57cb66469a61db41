import { signal } from '@preact/signals'
import type { Chain, Message, SequencePage } from '../../protocol.js'
import { ask } from '../api.js'

const MOST_MESSAGES = 3_000
const MOST_CHAINS = 300

/** What has been collected while the view is open. Lists that grow in place; `version` says when. */
export const messages: Message[] = []
export const chains: Chain[] = []
export const version = signal(0)
export const skipped = signal(0)
export const held = signal(false)

let last = 0

function keep<T>(list: T[], more: readonly T[], most: number): void {
  list.push(...more)
  if (list.length > most) list.splice(0, list.length - most)
}

export async function collect(): Promise<void> {
  if (held.value) return
  const page = await ask<SequencePage>('sequence', { after: last })
  // Another run counts anew.
  if (page.last < last) forget()
  last = page.last
  keep(messages, page.messages, MOST_MESSAGES)
  keep(chains, page.chains, MOST_CHAINS)
  skipped.value += page.skipped
  version.value += 1
}

export function forget(): void {
  messages.length = 0
  chains.length = 0
  skipped.value = 0
  version.value += 1
}
