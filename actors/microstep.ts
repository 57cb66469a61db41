import type { ActorScope, AnyEventObject, AnyMachineSnapshot, AnyTransitionDefinition } from 'xstate'

/** Tells inspectors of a microstep that was taken without XState's own search, in the words in which it would have told them. */
export function tellMicrostep(
  { self, system }: ActorScope<AnyMachineSnapshot, AnyEventObject>,
  event: AnyEventObject,
  snapshot: AnyMachineSnapshot,
  taken: readonly AnyTransitionDefinition[],
): void {
  // Not among the types that XState publishes, though every macrostep calls it.
  const news = system as unknown as { readonly _sendInspectionEvent?: (event: unknown) => void }
  news._sendInspectionEvent?.({ type: '@xstate.microstep', actorRef: self, event, snapshot, _transitions: taken })
}
