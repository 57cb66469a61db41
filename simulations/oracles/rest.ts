import type { Oracle, Subject } from '../subject.js'

/** An actor, as far as it is looked at from outside. */
interface Seen {
  readonly id: string
  getSnapshot(): { readonly value?: unknown; readonly children?: Readonly<Record<string, Seen | undefined>> }
}

/** What an actor of each kind may be once there is nothing left to do, by the name that it goes by. */
const AT_REST: readonly (readonly [RegExp, RegExp])[] = [
  [/^group-\d+$/, /^idle$/],
  [/^worker-\d+$/, /^idle$/],
]

/** A host may ask for what has no place at the time, such as to resume what is not paused. */
const ASKED_FROM_OUTSIDE = /\.(pause|resume|restart|replace)$/

const nameOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value)
  const [entry] = Object.entries(value)
  return entry === undefined ? '' : `${entry[0]}.${nameOf(entry[1])}`
}

/** A healed engine that has nothing to do shows that in every actor: none is left in the middle of something. */
export function restless({ plane }: Pick<Subject, 'plane'>): string[] {
  const found: string[] = []
  const visit = (actor: Seen): void => {
    const { value, children } = actor.getSnapshot()
    const allowed = AT_REST.find(([id]) => id.test(actor.id))?.[1]
    if (allowed !== undefined && !allowed.test(nameOf(value))) found.push(`${actor.id} is ${nameOf(value)}`)
    for (const child of Object.values(children ?? {})) if (child !== undefined) visit(child)
  }
  if (plane.actor !== undefined) visit(plane.actor as unknown as Seen)
  return found
}

/** No actor is told what its state has no answer to, and what each strategy is said to have done, it has done. */
export function figures({ plane, strategies, fail }: Subject): Oracle {
  const signals = new Map<string, number>(strategies.map(({ name }) => [name, 0]))
  let known = 0
  return {
    accepted({ type, source }) {
      const before = signals.get(source)
      if (type === 'signal' && before !== undefined) signals.set(source, before + 1)
    },
    step() {
      const { total } = plane.unexpected
      if (total === known) return
      known = total
      const wrong = Object.keys(plane.unexpected.byName()).find((name) => !ASKED_FROM_OUTSIDE.test(name))
      if (wrong !== undefined) fail('states', `an event met a state that has no answer to it: ${wrong}`)
    },
    ended() {
      for (const [name, accepted] of signals) {
        const counted = plane.runtimeOf(name)?.counts.signals
        if (counted !== undefined && counted < accepted)
          fail('figures', `${name} counts ${counted} signals, and ${accepted} of its were accepted`)
      }
    },
  }
}
