/**
 * Catches what a machine has no answer to in its present state. XState drops such an event in
 * silence; here it is counted and logged. XState's own events are left alone: an error of a child
 * that nobody handles has to reach the parent.
 */
export const unexpected = {
  '*': {
    guard: ({ event }: { readonly event: { readonly type: string } }): boolean => !event.type.startsWith('xstate.'),
    actions: 'unexpected',
  },
} as const
