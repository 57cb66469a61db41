import { assign, sendParent, setup } from 'xstate'
import { unexpected } from './unexpected.js'

export interface WorkerContext {
  readonly name: string
  /** The data plane; opaque here. */
  readonly plane: unknown
  /** The chunk whose step it waits for; what speaks of another is out of date. */
  readonly chunk: number | undefined
}

export type WorkerEvent =
  | { readonly type: 'chunk.lease' }
  /** The chunk just leased could not be handled at once. */
  | { readonly type: 'chunk.pending'; readonly chunk: number }
  /** The last strategy group has stepped: the lease is over. */
  | { readonly type: 'chunk.stepped'; readonly chunk: number }
  | { readonly type: 'worker.retire' }
  /** At once, whatever it waits for: a late step changes nothing. */
  | { readonly type: 'worker.stop' }

const ofItsChunk = ({ context, event }: { context: WorkerContext; event: WorkerEvent }): boolean =>
  event.type === 'chunk.stepped' && event.chunk === context.chunk

/**
 * Leases chunks and takes them through the strategies. A chunk whose handlers are synchronous is one
 * targetless transition; only one that has to be awaited is worth a state.
 */
export const workerMachine = setup({
  types: {
    context: {} as WorkerContext,
    events: {} as WorkerEvent,
    input: {} as { readonly name: string; readonly plane: unknown },
  },
  actions: {
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Offers itself for the next chunk. */
    offerItself: () => {},
    /** Takes itself off the list of those to be given a chunk. */
    withdraw: () => {},
    /** Leases a chunk and hands it out; says `chunk.pending` if it has to be awaited. */
    work: () => {},
    keepChunk: assign({
      chunk: ({ event, context }) => (event.type === 'chunk.pending' ? event.chunk : context.chunk),
    }),
    reportRetired: sendParent(({ context }) => ({ type: 'worker.retired', name: context.name })),
    dropChunk: assign({ chunk: undefined }),
  },
  guards: { ofItsChunk },
}).createMachine({
  id: 'worker',
  context: ({ input }) => ({ ...input, chunk: undefined }),
  initial: 'idle',
  on: {
    'worker.stop': '.retired',
    // A late step of a chunk that it no longer waits for.
    'chunk.stepped': {},
    // It has gone back to its place already, or is on its way out.
    'worker.retire': {},
    ...unexpected,
  },
  states: {
    idle: {
      entry: 'offerItself',
      on: {
        'chunk.lease': { actions: 'work' },
        'chunk.pending': { target: 'processing', actions: 'keepChunk' },
        'worker.retire': 'retired',
      },
    },
    processing: {
      entry: 'withdraw',
      on: {
        'chunk.stepped': { guard: 'ofItsChunk', target: 'idle', actions: 'dropChunk' },
        'worker.retire': 'retiring',
      },
    },
    retiring: {
      on: { 'chunk.stepped': { guard: 'ofItsChunk', target: 'retired', actions: 'dropChunk' } },
    },
    /**
     * Its parent removes it. It is no final state: XState remembers the name of every child that has
     * ever told of its end, and workers are numbered.
     */
    retired: { entry: ['withdraw', 'reportRetired'], on: { 'worker.stop': {} } },
  },
})
