import { workerMachine } from '../machines/worker.js'
import type { ChunkWork } from '../src/dispatch/chunk-work.js'
import type { WorkerHandle } from '../src/dispatch/dispatcher.js'
import { withShortMove } from './short-move.js'
import { withShortWay } from './short-way.js'

/** The effects of a worker's machine, as the data plane offers them. */
export interface WorkerPlane {
  /** The worker can be given a chunk. */
  offerWorker(name: string, handle: WorkerHandle): void
  withdrawWorker(name: string): void
  /** Leases a chunk; the work if it has to be awaited, whose end is told to `onStepped`. */
  work(onStepped: (work: ChunkWork) => void): ChunkWork | undefined
  unanswered(actor: string, event: string): void
}

const planeOf = (context: { readonly plane: unknown }): WorkerPlane => context.plane as WorkerPlane

const joined = workerMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => planeOf(context).unanswered(self.id, event.type),
    offerItself: ({ context, self }) =>
      planeOf(context).offerWorker(context.name, { lease: () => self.send({ type: 'chunk.lease' }) }),
    withdraw: ({ context }) => planeOf(context).withdrawWorker(context.name),
    work: ({ context, self }) => {
      const work = planeOf(context).work(({ chunk }) => self.send({ type: 'chunk.stepped', chunk: chunk.id }))
      if (work !== undefined) self.send({ type: 'chunk.pending', chunk: work.chunk.id })
    },
  },
})

/** The worker machine joined to the data plane, which is its input's `plane`. */
export const workerLogic = withShortWay(joined, ['idle'], 'chunk.lease')
// The two that come with every chunk that is awaited.
withShortMove(workerLogic, ['idle'], 'chunk.pending')
withShortMove(workerLogic, ['processing'], 'chunk.stepped')
