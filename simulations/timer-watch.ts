import type { Life } from './life.js'
import type { World } from './world.js'

/** Turns of the event loop that may come before a timer that is due: where ties are shuffled a coin decides. */
const LATE_TURNS = 100
/** The same for each other timer that is due meanwhile. The coin gives it one on average; twice that and the above are never reached. */
const LATE_TURNS_A_TIMER = 2

/** Holds the timers of strategies to their time and order. */
export class TimerWatch {
  /**
   * Timers that are pending, with when each is due, by the context of the incarnation that set them:
   * one that is over, such as a hung one that is let go at last, sets timers that never fire.
   */
  private readonly due = new WeakMap<object, { readonly life: Life | undefined; readonly pending: Set<number> }>()

  constructor(
    private readonly world: World,
    private readonly living: () => Life | undefined,
    /** Where ties are shuffled or the wall clock steps, the order of two timers is not given. */
    private readonly unordered: boolean,
  ) {}

  /** A timer is set; what this answers is called when it fires. */
  set(name: string, delayMs: number, of: object): () => void {
    const { world } = this
    const { environment } = world
    const at = environment.monotonic() + delayMs
    const spentBefore = world.spent
    const { life, pending } = this.due.get(of) ?? { life: this.living(), pending: new Set<number>() }
    this.due.set(of, { life, pending })
    pending.add(at)
    return () => {
      const fail = (message: string): void => world.violation('correctness', 'timers', `a timer of ${name} ${message}`)
      const now = environment.monotonic()
      if (life?.ended === true) fail('fired after the end')
      life?.ticked(name)
      if (now < at - 0.001) fail(`fired ${at - now} ms before its time`)
      const turns = LATE_TURNS + LATE_TURNS_A_TIMER * world.firedSince(at)
      const late = now - at - (world.spent - spentBefore) - turns * world.scenario.world.turnMs
      world.noteFired()
      if (late > 0) fail(`fired ${now - at} ms late, ${late} of them while nothing ran`)
      pending.delete(at)
      if (this.unordered) return
      for (const other of pending)
        if (other < at - 0.001) fail(`fired before one that was due ${at - other} ms earlier`)
    }
  }
}
