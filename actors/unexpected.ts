import type { Log } from '../src/log.js'

/** Most different ones that are told apart. */
const MAX_NAMED = 100

/** Counts the events that an actor's state had no answer to, so that none of them is lost in silence. */
export class UnexpectedEvents {
  total = 0
  private readonly named = new Map<string, number>()

  constructor(private readonly log: Log) {}

  note(actor: string, event: string): void {
    this.total += 1
    const name = `${actor}: ${event}`
    const known = this.named.get(name)
    if (known !== undefined || this.named.size < MAX_NAMED) this.named.set(name, (known ?? 0) + 1)
    this.log.debug({ actor, event }, 'an event that its actor has no answer to')
  }

  /** How often, by actor and event; the first hundred of them. */
  byName(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.named)
  }
}
