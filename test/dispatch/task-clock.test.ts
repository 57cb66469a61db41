import { describe, expect, it } from 'vitest'
import { TaskClock } from '../../src/dispatch/task-clock.js'
import type { Environment } from '../../src/environment/environment.js'
import { createSystemEnvironment } from '../../src/environment/system.js'

/** A clock over a time that is set by hand, whose tasks end by hand. */
function clockOn(options: { readonly tells: boolean } = { tells: true }) {
  const ends: (() => void)[] = []
  const world = {
    ms: 1_000,
    reads: 0,
    endTask: () => {
      for (const end of ends.splice(0)) end()
    },
  }
  const now = (): number => {
    world.reads += 1
    return world.ms
  }
  const afterTask = options.tells ? { afterTask: (end: () => void) => void ends.push(end) } : {}
  const clock = new TaskClock({ now, ...afterTask } as Environment)
  // What came long ago tells nothing of how fast publishes come now, so the second reading is the first that is shared.
  clock.now()
  return { world, clock }
}

describe('the clock of what is taken in', () => {
  it('is read once for eight of them', () => {
    const { world, clock } = clockOn()
    for (let publish = 0; publish < 80; publish += 1) clock.now()
    expect(world.reads).toBe(1 + 10)
  })

  it('shows no time of an earlier task of the event loop', () => {
    const { world, clock } = clockOn()
    expect(clock.now()).toBe(1_000)
    world.endTask()
    world.ms += 0.9
    expect(clock.now()).toBe(1_000.9)
  })

  it('is at most eight publishes of a slow host behind, and then not at all', () => {
    const { world, clock } = clockOn()
    const behind: number[] = []
    for (let publish = 0; publish < 30; publish += 1) {
      behind.push(world.ms - clock.now())
      world.ms += 10
    }
    expect(behind.filter((ms) => ms > 0).length).toBeLessThanOrEqual(7)
    expect(behind.slice(8).every((ms) => ms === 0)).toBe(true)
  })

  it('follows a step back of the wall clock at the next reading', () => {
    const { world, clock } = clockOn()
    clock.now()
    world.ms -= 60_000
    const shown = Array.from({ length: 9 }, () => clock.now())
    expect(shown.at(-1)).toBe(-59_000)
  })

  it('is read each time where nobody says when a task is over', () => {
    const { world, clock } = clockOn({ tells: false })
    for (let publish = 0; publish < 20; publish += 1) clock.now()
    expect(world.reads).toBe(21)
  })

  it('is shared by what is awaited one after another, and not by callbacks of the event loop', async () => {
    const environment = createSystemEnvironment()
    const now = environment.now.bind(environment)
    let reads = 0
    environment.now = () => {
      reads += 1
      return now()
    }
    const clock = new TaskClock(environment)
    for (let publish = 0; publish < 800; publish += 1) {
      clock.now()
      await undefined
    }
    expect(reads).toBeLessThan(400)
    reads = 0
    for (let publish = 0; publish < 20; publish += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.now()
    }
    expect(reads).toBe(20)
  })
})
