/** Promises that wait until an engine has nothing left to do. */
export class IdleWatch {
  private waiting: (() => void)[] = []

  /** @param over Whether no more will come of it: then everybody is let go. */
  constructor(private readonly over: () => boolean) {}

  /** Resolves when `idle` is true at one of the looks. */
  until(idle: () => boolean): Promise<void> {
    if (idle() || this.over()) return Promise.resolve()
    return new Promise((resolve) => {
      const look = (): void => {
        if (idle() || this.over()) resolve()
        else this.waiting.push(look)
      }
      this.waiting.push(look)
    })
  }

  look(): void {
    if (this.waiting.length === 0) return
    const { waiting } = this
    this.waiting = []
    for (const look of waiting) look()
  }
}
