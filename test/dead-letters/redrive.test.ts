import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { deadLettersLogic } from '../../actors/dead-letters.js'
import { DeadLetters, type DeadLettersSettings } from '../../src/dead-letters/dead-letters.js'
import type { DeadLetterEntry } from '../../src/dead-letters/letter.js'
import type { RedriveSummary } from '../../src/dead-letters/redriver.js'
import { OutcryEvent } from '../../src/events/event.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

let sequence = 0
function entry(strategy: string | undefined = 'breakout'): DeadLetterEntry {
  sequence += 1
  const event = new OutcryEvent(
    `e${sequence}`,
    'trade',
    1,
    0,
    0,
    'test',
    'A',
    ['A'],
    {},
    undefined,
    undefined,
    sequence,
    0,
  )
  return { reason: 'poison', event, strategy, error: 'boom' }
}
const entries = (count: number, strategy?: string): DeadLetterEntry[] =>
  Array.from({ length: count }, () => entry(strategy))

function start(rest: Partial<DeadLettersSettings> = {}) {
  const environment = new VirtualEnvironment()
  const delivered: { readonly strategy: string; readonly id: string; readonly at: number }[] = []
  const letters = new DeadLetters({
    environment,
    redeliver: (strategy, event) => {
      delivered.push({ strategy, id: event.id, at: environment.monotonic() })
    },
    ...rest,
  })
  const actor = createActor(deadLettersLogic, { input: letters }).start()
  const states: string[] = []
  actor.subscribe((snapshot) => states.push(String(snapshot.value)))
  return { environment, letters, actor, delivered, states, state: () => String(actor.getSnapshot().value) }
}

const fast = { redrive: { ratePerSecond: 1_000, burst: 1_000 } }

describe('the states of the dead letters', () => {
  it('follow the level: empty, holding, full and back', () => {
    const { letters, state } = start({ options: { maxCount: 10 } })
    expect(state()).toBe('empty')
    letters.enter(entries(3))
    expect(state()).toBe('holding')
    letters.enter(entries(30))
    expect(state()).toBe('full')
    letters.discard({})
    expect(state()).toBe('empty')
  })

  it('cost a chunk of failures one transition at most, and none while the level stays', () => {
    const { letters, states } = start()
    for (let i = 0; i < 20; i += 1) letters.enter(entries(256))
    expect(states).toEqual(['holding'])
  })

  it('start from the letters that are there already', () => {
    const environment = new VirtualEnvironment()
    const letters = new DeadLetters({ environment, redeliver: () => {} })
    const actor = createActor(deadLettersLogic, { input: letters })
    letters.enter(entries(1))
    actor.start()
    expect(actor.getSnapshot().value).toBe('holding')
    expect(actor.getSnapshot().context.level.held).toBe(1)
  })

  it('end closed; letters stay readable and still enter, and a redrive is refused', async () => {
    const { letters, actor } = start()
    letters.enter(entries(1))
    letters.close()
    expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'closed' })
    letters.enter(entries(1))
    expect(letters.list()).toHaveLength(2)
    await expect(letters.redrive()).rejects.toMatchObject({ code: 'OUTCRY_ENGINE_STATE' })
  })
})

describe('redrive', () => {
  it('row 3463: goes to the failed strategy only, oldest first, and is counted', async () => {
    const { letters, delivered, environment, states } = start({ options: fast })
    letters.enter([...entries(3, 'a'), ...entries(2, 'b'), { ...entry(), strategy: undefined, reason: 'refused' }])
    const ids = letters.list({ strategy: 'a' }).map((letter) => letter.event?.id)
    const done = letters.redrive({ strategy: 'a' })
    await environment.run(0)
    expect(await done).toEqual({ redriven: 3, failed: 0, unconfirmed: 0, stopped: false })
    expect(delivered.map(({ id }) => id)).toEqual(ids)
    expect(delivered.every(({ strategy }) => strategy === 'a')).toBe(true)
    expect(letters.ledger).toEqual({ entered: 6, held: 3, redriven: 3, discarded: 0, evicted: 0 })
    expect(states).toEqual(['holding', 'redriving', 'holding'])
  })

  it('keeps to its rate', async () => {
    const { letters, delivered, environment, state } = start({
      options: { redrive: { ratePerSecond: 10, burst: 2 } },
    })
    letters.enter(entries(5))
    const done = letters.redrive()
    await environment.run(1_000)
    expect((await done).redriven).toBe(5)
    expect(delivered.map(({ at }) => at)).toEqual([0, 0, 100, 200, 300])
    expect(state()).toBe('empty')
    expect(environment.pending()).toBe(0)
  })

  it('is idempotent: a second one is refused while the first runs, and finds nothing after it', async () => {
    const { letters, delivered, environment } = start({ options: fast })
    letters.enter(entries(3))
    const first = letters.redrive()
    await expect(letters.redrive()).rejects.toMatchObject({ code: 'OUTCRY_ENGINE_STATE' })
    await environment.run(0)
    await first
    expect(await letters.redrive()).toEqual({ redriven: 0, failed: 0, unconfirmed: 0, stopped: false })
    expect(delivered).toHaveLength(3)
  })

  it('an event that fails again enters as a new letter, and does not go round for ever', async () => {
    const box: { letters?: DeadLetters } = {}
    let deliveries = 0
    const { letters, environment } = start({
      options: fast,
      redeliver: (strategy, event, letter) => {
        deliveries += 1
        box.letters?.enter([{ reason: 'poison', event, strategy, error: 'again', attempts: letter.attempts + 1 }])
      },
    })
    box.letters = letters
    letters.enter(entries(4))
    const done = letters.redrive()
    await environment.run(60_000)
    expect((await done).redriven).toBe(4)
    expect(deliveries).toBe(4)
    expect(letters.list().map((letter) => letter.attempts)).toEqual([2, 2, 2, 2])
    expect(letters.ledger).toEqual({ entered: 8, held: 4, redriven: 4, discarded: 0, evicted: 0 })
  })

  it('puts back what is refused, by a throw or a rejection, and goes on with the rest', async () => {
    let turn = 0
    const { letters, environment, state } = start({
      options: fast,
      redeliver: () => {
        turn += 1
        if (turn === 1) throw new Error('no such strategy')
        return turn === 2 ? Promise.reject(new Error('stopped')) : undefined
      },
    })
    letters.enter(entries(4))
    const before = letters.list()
    const done = letters.redrive()
    await environment.run(0)
    expect(await done).toMatchObject({ redriven: 2, failed: 2 })
    expect(letters.list()).toEqual(before.slice(0, 2))
    expect(letters.list()[0]?.returns).toBe(1)
    expect(state()).toBe('holding')
    expect(letters.ledger).toEqual({ entered: 4, held: 2, redriven: 2, discarded: 0, evicted: 0 })
  })

  it('counts as failed what is refused while others have filled its place, though it gives way at once', async () => {
    const { environment, letters } = start({
      options: { ...fast, maxCount: 2 },
      redeliver() {
        letters.enter(entries(1))
        throw new Error('refused')
      },
    })
    letters.enter(entries(2))
    const summary = letters.redrive()
    await environment.run(1_000)
    expect(await summary).toEqual({ redriven: 0, failed: 2, unconfirmed: 0, stopped: false })
    expect(letters.ledger).toEqual({ entered: 4, held: 2, redriven: 0, discarded: 0, evicted: 2 })
  })

  it('refuses options that are none', async () => {
    const { letters } = start()
    letters.enter(entries(1))
    for (const options of [null, { limits: 1 }, { limit: 0 }])
      await expect(letters.redrive({}, options as object)).rejects.toMatchObject({ code: 'OUTCRY_OPTION_INVALID' })
  })

  it('a delivery that never settles delays the next by its timeout and is not sent twice', async () => {
    let deliveries = 0
    const { letters, environment } = start({
      options: { redrive: { ...fast.redrive, timeoutMs: 500 } },
      redeliver: () => {
        deliveries += 1
        return deliveries === 1 ? new Promise(() => {}) : undefined
      },
    })
    letters.enter(entries(2))
    const done = letters.redrive()
    await environment.run(499)
    expect(deliveries).toBe(1)
    await environment.run(1)
    expect(await done).toMatchObject({ redriven: 2, unconfirmed: 1, failed: 0 })
    expect(environment.pending()).toBe(0)
  })

  it('takes no more than its limit', async () => {
    const { letters, environment, delivered } = start({ options: fast })
    letters.enter(entries(200))
    const done = letters.redrive({}, { limit: 130 })
    await environment.run(10_000)
    expect((await done).redriven).toBe(130)
    expect(delivered).toHaveLength(130)
    await expect(letters.redrive({}, { limit: 0 })).rejects.toMatchObject({ path: 'deadLetters.limit' })
  })

  it.each(['close', 'stop'] as const)(
    '%s ends it: what was not sent is held again, and no timer is left',
    async (how) => {
      const { letters, environment, actor, delivered } = start({
        options: { redrive: { ratePerSecond: 10, burst: 3 } },
      })
      letters.enter(entries(10))
      const done: Promise<RedriveSummary> = letters.redrive()
      await environment.run(150)
      if (how === 'close') letters.close()
      else actor.stop()
      await environment.run(0)
      expect(await done).toEqual({ redriven: 4, failed: 0, unconfirmed: 0, stopped: true })
      expect(delivered).toHaveLength(4)
      expect(letters.ledger).toEqual({ entered: 10, held: 6, redriven: 4, discarded: 0, evicted: 0 })
      expect(environment.pending()).toBe(0)
    },
  )
})
