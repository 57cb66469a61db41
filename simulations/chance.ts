import { createVirtualEnvironment } from 'outcry'

/** Draws from one named stream of a seed: one more draw in one place shifts no other place. */
export class Chance {
  private readonly draw: (stream: string) => number

  constructor(
    seed: number,
    private readonly stream: string,
  ) {
    const environment = createVirtualEnvironment({ seed })
    this.draw = (name) => environment.random(name)
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.draw(this.stream)
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.fraction() * (to - from)
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1))
  }

  /** True with this probability. */
  once(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.fraction() * from.length)] as T
  }
}
