import { trade } from 'outcry'
import { expect, it } from 'vitest'
import type { Environment } from '../../src/environment/environment.js'
import type { EventDraft } from '../../src/events/draft.js'
import { memoryFeed } from '../../src/feeds/memory.js'
import { Player } from '../../src/replay/player.js'

it('cases: a paced replay whose event falls due between two looks at the clock does not wait for ever', async () => {
  // Each look at the clock takes 0.4 ms of it, so now and then the wait is over at the second look.
  let now = 0
  const environment = {
    monotonic: () => {
      now += 0.4
      return now
    },
    watch: (callback: () => void) => {
      setImmediate(callback)
      return {}
    },
    unwatch: () => {},
  } as unknown as Environment
  const drafts = Array.from({ length: 50 }, (_, at) =>
    trade({ symbol: 'AAPL', price: 1, size: 1, timestamp: 1.7e12 + at }),
  )
  const player = new Player({
    environment,
    feed: () => memoryFeed('tape', drafts),
    check: (item) => item as EventDraft,
    admit: ({ id }) => ({ status: 'accepted', id: id ?? '', sequence: 1 }),
    problem: () => {},
    roomy: () => true,
    speed: 1,
  })
  const ended = new Promise((resolve) => player.attach(({ type }) => resolve(type)))
  player.play()
  expect(await ended).toBe('replay.ended')
  expect(player.progress.replayed).toBe(50)
})
