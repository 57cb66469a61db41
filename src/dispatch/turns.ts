import type { Environment } from '../environment/environment.js'

/** Events of one source that may come to nothing before others get their turn. */
const IN_VAIN = 1_024

/**
 * Lets the event loop turn in between for a source whose events come to nothing: they fill no queue, so that there
 * is no room to wait for, and one that never ends would keep all others from their turn.
 */
export class Turns {
  private due = IN_VAIN

  constructor(
    private readonly environment: Environment,
    private readonly totals: { readonly published: number; readonly accepted: number },
  ) {}

  /** So many have come to nothing since the last turn that the next is due. */
  get owed(): boolean {
    return this.inVain >= this.due
  }

  give(): Promise<void> {
    this.due = this.inVain + IN_VAIN
    return new Promise((resolve) => this.environment.yield(resolve))
  }

  private get inVain(): number {
    return this.totals.published - this.totals.accepted
  }
}
