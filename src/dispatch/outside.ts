/**
 * Keeps what actors are told from nesting. While a worker's action takes a chunk through the
 * strategies, news for other actors waits; it is told in order once the action is over.
 */
export class Outside {
  private inside = false
  private waiting: (() => void)[] = []

  /** Runs an action that must not be interrupted by others'. */
  enter<T>(action: () => T): T {
    this.inside = true
    try {
      return action()
    } finally {
      this.inside = false
    }
  }

  /** Tells now, or as soon as the present action is over. */
  tell(news: () => void): void {
    if (this.inside) this.waiting.push(news)
    else news()
  }

  /** The action's actor has come to rest. */
  leave(): void {
    if (this.waiting.length === 0) return
    const { waiting } = this
    this.waiting = []
    for (const news of waiting) news()
  }
}
