/** What may be told in one go while nobody comes to an end: beyond it two who answer each other would go on for ever. */
const MOST_IN_A_ROW = 100_000

/**
 * Tells one thing after another, never one within another: what a listener sets off is told when it has come
 * to an end. So all who listen hear of things in the order in which they happened, and a chain of them, each
 * set off by the last, needs no deep stack, which would overflow in the middle of one of the engine's own steps.
 */
export class InTurn {
  /** Somebody is being told something: what comes now is told after it. */
  private busy = false
  private line: (() => void)[] = []
  private toldInARow = 0

  /** @param onEndless Told when too much was set off in one go, once that is over, of how many were dropped for it. */
  constructor(private readonly onEndless: (dropped: number) => void) {}

  /** Tells a fact now, or in its turn. `tell` must not throw. */
  run<A>(tell: (fact: A) => void, fact: A): void {
    if (this.busy) {
      this.later(() => tell(fact))
      return
    }
    this.busy = true
    tell(fact)
    this.settle()
  }

  private later(tell: () => void): void {
    this.toldInARow += 1
    if (this.toldInARow <= MOST_IN_A_ROW) this.line.push(tell)
  }

  /** The first of all has been told: the rest follows. */
  private settle(): void {
    for (let at = 0; at < this.line.length; at += 1) {
      this.line[at]?.()
      // What was told is let go in pieces, as each may hold an event.
      if (at >= 1_024) {
        this.line = this.line.slice(at + 1)
        at = -1
      }
    }
    const dropped = this.toldInARow - MOST_IN_A_ROW
    if (this.toldInARow > 0) {
      this.line = []
      this.toldInARow = 0
    }
    this.busy = false
    if (dropped > 0) this.onEndless(dropped)
  }
}
