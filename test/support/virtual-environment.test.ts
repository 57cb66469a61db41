import { describe, expect, it } from 'vitest'
import { VirtualEnvironment } from './virtual-environment.js'

describe('the virtual environment', () => {
  it('fires every timer at its own deadline, one set inside a callback too', () => {
    const environment = new VirtualEnvironment({ startMs: 1_000 })
    const seen: [string, number][] = []
    environment.setTimeout(() => seen.push(['late', environment.now()]), 50)
    environment.setTimeout(() => {
      seen.push(['early', environment.now()])
      environment.setTimeout(() => seen.push(['inner', environment.now()]), 5)
    }, 10)
    environment.advance(100)
    expect(seen).toEqual([
      ['early', 1_010],
      ['inner', 1_015],
      ['late', 1_050],
    ])
    expect(environment.now()).toBe(1_100)
    expect(environment.pending()).toBe(0)
  })

  it('fires timers of one deadline in the order they were set, and none that was cleared', () => {
    const environment = new VirtualEnvironment()
    const seen: number[] = []
    const timers = Array.from({ length: 200 }, (_, i) => environment.watch(() => seen.push(i), 10 + (i % 3)))
    for (let i = 0; i < 200; i += 2) environment.unwatch(timers[i])
    expect(environment.pending()).toBe(100)
    environment.advance(20)
    const odd = Array.from({ length: 100 }, (_, i) => 2 * i + 1)
    expect(seen).toEqual([0, 1, 2].flatMap((rest) => odd.filter((i) => i % 3 === rest)))
  })

  it('a callback that throws stops no other and is reported at the end', () => {
    const environment = new VirtualEnvironment()
    const seen: string[] = []
    environment.setTimeout(() => {
      throw new Error('boom')
    }, 1)
    environment.setTimeout(() => seen.push('after'), 2)
    expect(() => environment.advance(5)).toThrow('boom')
    expect(seen).toEqual(['after'])
  })

  it('lets promises run between two timers', async () => {
    const environment = new VirtualEnvironment()
    const seen: string[] = []
    environment.watch(() => void Promise.resolve().then(() => seen.push('promise')), 1)
    environment.watch(() => seen.push('timer'), 2)
    await environment.run(3)
    expect(seen).toEqual(['promise', 'timer'])
  })

  it('a jump of the wall clock moves neither the machine clock nor a timer', () => {
    const environment = new VirtualEnvironment({ startMs: 0 })
    let fired = 0
    environment.setTimeout(() => (fired += 1), 10)
    environment.jump(-5_000)
    expect([environment.now(), environment.monotonic()]).toEqual([-5_000, 0])
    environment.advance(10)
    expect(fired).toBe(1)
  })

  it('draws one stream without shifting another', () => {
    const a = new VirtualEnvironment({ seed: 7 })
    const b = new VirtualEnvironment({ seed: 7 })
    a.random('noise')
    expect(a.random('x')).toBe(b.random('x'))
    expect(a.id()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
