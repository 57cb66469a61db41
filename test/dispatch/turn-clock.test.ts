import { describe, expect, it } from 'vitest'
import { TurnClock } from '../../src/dispatch/turn-clock.js'
import type { Environment } from '../../src/environment/environment.js'

/** A clock of that kind over a time that is set by hand, in an event loop whose turns are told by hand. */
function clockOn(kind: Environment['kind']) {
  const world: { ms: number; reads: number; coming: number | undefined } = { ms: 1_000, reads: 0, coming: 1 }
  const now = (): number => {
    world.reads += 1
    return world.ms
  }
  const clock = new TurnClock({ kind, now } as Environment, () => world)
  // What came long ago tells nothing of how fast publishes come now, so the second reading is the first that is shared.
  clock.now()
  return { world, clock }
}

describe('the clock of what is taken in', () => {
  it('is read once for eight of them', () => {
    const { world, clock } = clockOn('system')
    for (let publish = 0; publish < 80; publish += 1) clock.now()
    expect(world.reads).toBe(1 + 10)
  })

  it('shows no time of an earlier turn of the event loop', () => {
    const { world, clock } = clockOn('system')
    expect(clock.now()).toBe(1_000)
    world.ms += 5
    world.coming = 2
    expect(clock.now()).toBe(1_005)
  })

  it('is read each time where no turn is to come, as the event loop may wait in between', () => {
    const { world, clock } = clockOn('system')
    world.coming = undefined
    for (let publish = 1; publish <= 20; publish += 1) {
      world.ms += 0.001
      expect(clock.now()).toBe(world.ms)
    }
  })

  it('does not share a reading from before the turn was scheduled', () => {
    const { world, clock } = clockOn('system')
    world.coming = undefined
    clock.now()
    world.coming = 2
    world.ms += 0.5
    expect(clock.now()).toBe(1_000.5)
  })

  it('is at most eight publishes of a slow host behind, and then not at all', () => {
    const { world, clock } = clockOn('system')
    const behind: number[] = []
    for (let publish = 0; publish < 30; publish += 1) {
      behind.push(world.ms - clock.now())
      world.ms += 10
    }
    expect(behind.filter((ms) => ms > 0).length).toBeLessThanOrEqual(7)
    expect(behind.slice(8).every((ms) => ms === 0)).toBe(true)
  })

  it('follows a step back of the wall clock at the next reading', () => {
    const { world, clock } = clockOn('system')
    clock.now()
    world.ms -= 60_000
    const shown = Array.from({ length: 9 }, () => clock.now())
    expect(shown.at(-1)).toBe(-59_000)
  })

  it.each(['virtual', 'data'] as const)('is read each time where it is %s', (kind) => {
    const { world, clock } = clockOn(kind)
    for (let publish = 0; publish < 20; publish += 1) clock.now()
    expect(world.reads).toBe(21)
  })
})
