/** Small numbers by the sequence of an event: a growing byte array, since a Map an event would cost more than the event. */
export class BySequence {
  private values = new Uint8Array(4_096)

  get(sequence: number): number {
    return this.values[sequence] ?? 0
  }

  set(sequence: number, value: number): void {
    if (sequence >= this.values.length) this.grow(sequence)
    this.values[sequence] = value
  }

  private grow(sequence: number): void {
    const larger = new Uint8Array(Math.max(sequence + 1, this.values.length * 2))
    larger.set(this.values)
    this.values = larger
  }
}

/** As {@link BySequence}, for numbers of 32 bits. */
export class WordBySequence {
  private values = new Uint32Array(4_096)

  get(sequence: number): number {
    return this.values[sequence] ?? 0
  }

  set(sequence: number, value: number): void {
    if (sequence >= this.values.length) {
      const larger = new Uint32Array(Math.max(sequence + 1, this.values.length * 2))
      larger.set(this.values)
      this.values = larger
    }
    this.values[sequence] = value
  }
}
