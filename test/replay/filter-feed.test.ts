import { describe, expect, it } from 'vitest'
import { Selection } from '../../src/history/query.js'
import { type EventInput, memoryFeed, trade } from '../../src/index.js'
import { filterFeed } from '../../src/replay/filter-feed.js'
import { readAll } from '../feeds/support.js'

const item = (fields: object): EventInput => ({ type: 'own', timestamp: 5, payload: {}, ...fields }) as EventInput

describe('a recording of which a part is played', () => {
  it('is not ended by an item that cannot be judged, which passes for the engine to say what is wrong', async () => {
    const odd = [null, 5, 'x', item({ symbols: 'A' }), item({ symbols: 7 }), item({ symbol: 'A', symbols: [null, 3] })]
    const own = trade({ symbol: 'A', price: 1, size: 1, timestamp: 5 })
    const other = trade({ symbol: 'B', price: 1, size: 1, timestamp: 5 })
    const feed = memoryFeed('odd', [...(odd as EventInput[]), other, item({ symbol: 'B', symbols: [] }), own])
    const { items } = await readAll(filterFeed(feed, new Selection({ symbols: ['A'], from: 1, to: 9 }, 'replay')))
    expect(items).toEqual([...odd, own])
  })
})
