import { describe, expect, it } from 'vitest'
import { createActor, setup } from 'xstate'
import { xstateClock, xstateMachineClock } from '../../actors/clock.js'
import { createDataEnvironment } from '../../src/environment/data.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

const waiting = setup({}).createMachine({
  initial: 'waiting',
  states: { waiting: { after: { 1000: 'over' }, on: { leave: 'left' } }, left: {}, over: {} },
})

describe('the clock of an actor system', () => {
  it('lets `after` fire with the time of the data', () => {
    const environment = createDataEnvironment({ start: 500 })
    const actor = createActor(waiting, { clock: xstateClock(environment) }).start()
    environment.advanceTo(1_499)
    expect(actor.getSnapshot().value).toBe('waiting')
    environment.advanceTo(1_500)
    expect(actor.getSnapshot().value).toBe('over')
  })

  it('leaves no timer behind a state that was left, or an actor that was stopped', () => {
    const environment = createDataEnvironment()
    const actor = createActor(waiting, { clock: xstateClock(environment) }).start()
    expect(environment.pending()).toBe(1)
    actor.send({ type: 'leave' })
    expect(environment.pending()).toBe(0)
    const stopped = createActor(waiting, { clock: xstateClock(environment) }).start()
    stopped.stop()
    expect(environment.pending()).toBe(0)
  })

  it("runs on the machine's clock where real work is bounded", () => {
    const environment = new VirtualEnvironment()
    const actor = createActor(waiting, { clock: xstateMachineClock(environment) }).start()
    environment.jump(10_000)
    environment.advance(999)
    expect(actor.getSnapshot().value).toBe('waiting')
    environment.advance(1)
    expect(actor.getSnapshot().value).toBe('over')
  })
})
