import type { Oracle, Subject } from '../subject.js'

const LANES = 4

/**
 * The most urgent lane goes first, except that a lane which was passed over for `ageingChunks`
 * chunks comes next: none waits for more than that and one chunk of each other lane.
 */
export function priority({ plane, fail, marks }: Subject): Oracle {
  const { ageingChunks } = plane.options.queue
  const passed = new Array<number>(LANES).fill(0)
  /** Turns that a lane may have been passed over for by others that held nothing but what had expired. */
  const unseen = new Array<number>(LANES).fill(0)
  return {
    judged(_event, expired) {
      if (expired) for (let lane = 0; lane < LANES; lane++) unseen[lane] = (unseen[lane] ?? 0) + 1
    },
    leasedNothing() {
      // A lane that has come to be empty begins to wait anew.
      for (let lane = 0; lane < LANES; lane++) if (plane.queue.depthOf(lane) === 0) passed[lane] = 0
    },
    leased(chunk, leasable, _most, expired) {
      const urgent = leasable.indexOf(true)
      // A lane may have held nothing but what has expired.
      if (expired === 0 && urgent >= 0 && urgent < chunk.lane) {
        marks.sometimes('lane-aged')
        if ((passed[chunk.lane] ?? 0) + (unseen[chunk.lane] ?? 0) < ageingChunks)
          fail(
            'priority',
            `lane ${chunk.lane} went before lane ${urgent} after ${passed[chunk.lane]} chunks of ${ageingChunks}`,
          )
      }
      unseen[chunk.lane] = 0
      for (let lane = 0; lane < LANES; lane++) {
        if (lane === chunk.lane || plane.queue.depthOf(lane) === 0) passed[lane] = 0
        else if (leasable[lane] === true && lane > chunk.lane) passed[lane] = (passed[lane] ?? 0) + 1
        if ((passed[lane] ?? 0) > ageingChunks + LANES)
          fail('priority', `lane ${lane} was passed over by ${passed[lane]} chunks, ${ageingChunks} is the bound`)
      }
    },
  }
}
