import { describe, expect, it } from 'vitest'
import { type AnyActorLogic, createActor, fromCallback } from 'xstate'
import { feedsMachine } from '../../machines/feeds.js'
import { journalMachine } from '../../machines/journal.js'
import { recoveryMachine } from '../../machines/recovery.js'
import { replayMachine } from '../../machines/replay.js'

const silent = (): void => {}
/** What would be told to a parent: these actors stand alone. */
const NO_PARENT = { reportStarted: silent, reportFailed: silent, reportStopped: silent }

describe('the journal, told to stop', () => {
  const alone = () => {
    const calls: string[] = []
    const logic = journalMachine.provide({
      actions: { ...NO_PARENT, open: () => calls.push('open'), close: () => calls.push('close') } as never,
    })
    const actor = createActor(logic, { input: { plane: undefined, connection: undefined, onFailure: 'refuse' } })
    actor.start()
    return { actor, calls }
  }

  it('while it is being opened closes, and is opened no more by what comes later', () => {
    const { actor, calls } = alone()
    actor.send({ type: 'part.stop' })
    actor.send({ type: 'journal.opened' })
    expect(actor.getSnapshot().value).toBe('closing')
    actor.send({ type: 'journal.closed' })
    expect(actor.getSnapshot().value).toBe('closed')
    expect(calls).toEqual(['open', 'close'])
  })

  it('while it fails closes, and notes how the last append went', () => {
    const { actor } = alone()
    actor.send({ type: 'journal.opened' })
    actor.send({ type: 'journal.failing', error: 'full' })
    expect(actor.getSnapshot().value).toEqual({ failing: 'refusing' })
    actor.send({ type: 'part.stop' })
    expect(actor.getSnapshot().value).toBe('closing')
    actor.send({ type: 'journal.failing', error: 'still full' })
    expect(actor.getSnapshot().context.error).toBe('still full')
    actor.send({ type: 'journal.mended' })
    expect(actor.getSnapshot().context.error).toBeUndefined()
    expect(actor.getSnapshot().value).toBe('closing')
  })
})

describe('the recovery', () => {
  const alone = () => {
    const calls: string[] = []
    const logic = recoveryMachine.provide({ actions: { ...NO_PARENT, cancel: () => calls.push('cancel') } as never })
    const actor = createActor(logic, { input: { plane: undefined } })
    actor.start()
    return { actor, calls }
  }

  it('that fails keeps why, and can be stopped', () => {
    const { actor, calls } = alone()
    actor.send({ type: 'recovery.failed', error: 'torn' })
    expect(actor.getSnapshot()).toMatchObject({ value: 'failed', context: { error: 'torn' } })
    actor.send({ type: 'part.stop' })
    expect(actor.getSnapshot().value).toBe('stopped')
    expect(calls).toEqual([])
  })

  it('that is stopped while it replays is cancelled', () => {
    const { actor, calls } = alone()
    actor.send({ type: 'part.stop' })
    expect(actor.getSnapshot().value).toBe('stopped')
    expect(calls).toEqual(['cancel'])
  })
})

describe('a replay', () => {
  it('that is moved while it plays goes on playing from there', () => {
    const calls: string[] = []
    const logic = replayMachine.provide({ actions: { seek: () => calls.push('seek') } as never })
    const actor = createActor(logic, { input: { name: 'replay-1', player: undefined } })
    actor.start()
    actor.send({ type: 'replay.play' })
    actor.send({ type: 'replay.seek', to: 5 })
    expect(actor.getSnapshot().value).toBe('playing')
    expect(calls).toEqual(['seek'])
  })

  it('that comes while the feeds stop is refused, and no actor is made for it', () => {
    const calls: string[] = []
    const logic = feedsMachine.provide({
      actors: { feed: fromCallback(silent) as AnyActorLogic },
      actions: { ...NO_PARENT, refuseReplay: () => calls.push('refused') } as never,
    })
    const input = { plane: undefined, feedSeats: [{ name: 'feed-1', input: undefined }] }
    const actor = createActor(logic, { input: input as never })
    actor.start()
    actor.send({ type: 'part.stop' })
    actor.send({ type: 'replay.start', name: 'replay-1', input: undefined })
    expect(actor.getSnapshot().value).toBe('stopping')
    expect(calls).toEqual(['refused'])
    expect(Object.keys(actor.getSnapshot().children)).toEqual(['feed-1'])
    actor.stop()
  })
})
