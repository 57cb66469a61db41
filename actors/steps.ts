import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'

/** Where each snapshot that a short step or move led to came from, for all those of one machine. */
class Steps {
  readonly #origins = new WeakMap<AnyMachineSnapshot, AnyMachineSnapshot>()

  /** What was found, or the equal one that was there before it. */
  settle(from: AnyMachineSnapshot, found: AnyMachineSnapshot): AnyMachineSnapshot {
    const before = this.#origins.get(from)
    if (before !== undefined && isEqual(before, found)) return before
    this.#origins.set(found, from)
    return found
  }
}

const OF_MACHINE = new WeakMap<AnyStateMachine, Steps>()

export function stepsOf(machine: AnyStateMachine): Steps {
  const known = OF_MACHINE.get(machine)
  if (known !== undefined) return known
  const steps = new Steps()
  OF_MACHINE.set(machine, steps)
  return steps
}

function isEqual(one: AnyMachineSnapshot, other: AnyMachineSnapshot): boolean {
  return (
    one.status === other.status &&
    isAlike(one.context, other.context) &&
    one.children === other.children &&
    one._nodes.length === other._nodes.length &&
    one._nodes.every((node) => other._nodes.includes(node))
  )
}

/** Whether two contexts hold the same, field by field: an assignment makes a new one even where nothing changes. */
function isAlike(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  if (one === other) return true
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && one[key] === other[key])
}
