import { supervisorMachine } from '../machines/supervisor.js'
import { workerLogic } from './worker.js'

export interface WorkerCounts {
  /** Workers that have not been asked to go. */
  readonly workers: number
  readonly live: number
  readonly spawned: number
  readonly retired: number
  readonly peak: number
}

/** The effects of the supervisor's machine, as the data plane offers them. */
export interface SupervisorPlane {
  depth(): number
  /** From which depth on the supervisor wants to hear of the queue, and by whom. */
  publishScale(counts: WorkerCounts, tell: (depth: number) => void): void
  unanswered(actor: string, event: string): void
}

const planeOf = (context: { readonly plane: unknown }): SupervisorPlane => context.plane as SupervisorPlane

export const supervisorLogic = supervisorMachine.provide({
  actors: { worker: workerLogic },
  actions: {
    unexpected: ({ context, event, self }) => planeOf(context).unanswered(self.id, event.type),
    measure: ({ context, self }) => self.send({ type: 'queue.depth', depth: planeOf(context).depth() }),
    publishScale: ({ context, self }) => {
      const { live, spawned, retired, peak, workers } = context
      const counts = { workers: workers.length, live: live.length, spawned, retired, peak }
      planeOf(context).publishScale(counts, (depth) => self.send({ type: 'queue.depth', depth }))
    },
  },
})
