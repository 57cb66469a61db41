import type { Step } from '../protocol.js'

/** Microsteps kept of each actor. */
export const STEPS_KEPT = 48

class Slot {
  step = 0
  at = 0
  event = ''
  from: number | undefined
  place = -1
  state: readonly string[] = []
}

/** An actor's last microsteps. Its slots are used again and again, so that noting one allocates nothing. */
export class StepRing {
  private readonly slots: Slot[] = []
  private next = 0

  note(
    step: number,
    at: number,
    event: string,
    from: number | undefined,
    place: number,
    state: readonly string[],
  ): void {
    let slot = this.slots[this.next]
    if (slot === undefined) {
      slot = new Slot()
      this.slots.push(slot)
    }
    slot.step = step
    slot.at = at
    slot.event = event
    slot.from = from
    slot.place = place
    slot.state = state
    this.next = (this.next + 1) % STEPS_KEPT
  }

  /** Oldest first. */
  list(pathOf: (actor: number) => string | undefined): Step[] {
    const { slots, next } = this
    const ordered = slots.length < STEPS_KEPT ? slots : [...slots.slice(next), ...slots.slice(0, next)]
    return ordered.map(({ step, at, event, from, place, state }) => ({
      step,
      at,
      event,
      from: from === undefined ? undefined : pathOf(from),
      edges: place < 0 ? [] : [place],
      state,
    }))
  }
}
