import type { Oracle, Subject } from '../subject.js'

const LANES = 4

/**
 * The most urgent lane goes first, except that a lane which was passed over for `ageingChunks`
 * chunks comes next: none waits for more than that and one chunk of each other lane.
 */
export function priority({ plane, fail, marks }: Subject): Oracle {
  const { ageingChunks } = plane.options.queue
  const passed = new Array<number>(LANES).fill(0)
  return {
    leased(chunk, leasable) {
      const urgent = leasable.indexOf(true)
      if (urgent >= 0 && urgent < chunk.lane) {
        marks.sometimes('lane-aged')
        if ((passed[chunk.lane] ?? 0) < ageingChunks)
          fail(
            'priority',
            `lane ${chunk.lane} went before lane ${urgent} after ${passed[chunk.lane]} chunks of ${ageingChunks}`,
          )
      }
      for (let lane = 0; lane < LANES; lane++) {
        if (lane === chunk.lane || plane.queue.depthOf(lane) === 0) passed[lane] = 0
        else if (leasable[lane] === true && lane > chunk.lane) passed[lane] = (passed[lane] ?? 0) + 1
        if ((passed[lane] ?? 0) > ageingChunks + LANES)
          fail('priority', `lane ${lane} was passed over by ${passed[lane]} chunks, ${ageingChunks} is the bound`)
      }
    },
  }
}
