import type { LatencyHistogram } from '../metrics/histogram.js'

/** One event in this many is timed; its weight makes the counts right. */
const EVERY = 16
/** Times remembered; more events than this times `EVERY` in flight at once are timed in part. */
const SLOTS = 4_096

/** Times a sample of the events from acceptance to the last handler of their chunk. */
export class LatencyProbe {
  private readonly sequences = new Float64Array(SLOTS)
  private readonly times = new Float64Array(SLOTS)

  constructor(private readonly histogram: LatencyHistogram) {}

  wants(sequence: number): boolean {
    return sequence % EVERY === 1
  }

  accepted(sequence: number, now: number): void {
    const slot = ((sequence - 1) / EVERY) % SLOTS
    this.sequences[slot] = sequence
    this.times[slot] = now
  }

  /** Records the timed events of a settled chunk; `now` is the machine's clock in milliseconds. */
  settled(events: readonly { readonly sequence: number }[], now: number): void {
    for (let index = 0; index < events.length; index++) {
      const sequence = (events[index] as { sequence: number }).sequence
      if (sequence % EVERY !== 1) continue
      const slot = ((sequence - 1) / EVERY) % SLOTS
      if (this.sequences[slot] === sequence) this.histogram.record(now - (this.times[slot] as number), EVERY)
    }
  }
}
