import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly { readonly name: string; readonly comment: string }[]
}

const namesIn = (text: string): string[] => text.split(/, | and /).filter((name) => name !== 'nothing')

/** By room: those it may import, as the rule that `npm run arrows` holds says it. */
const HELD = Object.fromEntries(
  forbidden
    .filter(({ name }) => name.startsWith('room-'))
    .map(({ name, comment }) => {
      const [, rooms = ''] = /stands on (.*) alone[.]$/.exec(comment) ?? []
      return [name.slice('room-'.length), rooms.startsWith('nothing') ? [] : namesIn(rooms)]
    }),
)

/** The same as the table of docs/architecture.md says it, one entry for each room that a row names. */
const SAID = Object.fromEntries(
  readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `src/') && !line.startsWith('| `src/index.ts`'))
    .flatMap((line) => {
      const cells = line.slice(2, -2).split(' | ')
      const rooms = [...(cells[0] ?? '').matchAll(/`src\/([a-z-]+)`/g)].map(([, room = '']) => room)
      return rooms.map((room) => [room, namesIn(cells.at(-1) ?? '')])
    }),
)

describe('the table of rooms in docs/architecture.md', () => {
  it('says of every room what it may stand on', () => {
    expect(Object.keys(HELD).length).toBeGreaterThan(10)
    expect(Object.keys(SAID).toSorted()).toEqual(Object.keys(HELD).toSorted())
    for (const [room, may] of Object.entries(HELD)) expect(SAID[room]?.toSorted(), room).toEqual(may.toSorted())
  })
})
