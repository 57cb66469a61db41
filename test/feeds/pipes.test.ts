import { execFileSync } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSystemEnvironment } from '../../src/environment/system.js'
import type { Feed } from '../../src/feeds/feed.js'
import { ndjsonFeed } from '../../src/feeds/ndjson.js'
import { fileWith, folder, readAll } from './support.js'

const line = (size: number): string =>
  `${JSON.stringify({ type: 'trade', symbol: 'A', timestamp: 1, payload: { price: 1, size } })}\n`

async function pipe(): Promise<string> {
  const path = join(await folder(), 'pipe')
  execFileSync('mkfifo', [path])
  return path
}

/** Begins to read, and returns what ends it. */
function reading(feed: Feed): { readonly controller: AbortController; readonly done: Promise<number> } {
  const controller = new AbortController()
  const context = { environment: createSystemEnvironment(), signal: controller.signal }
  const count = async (): Promise<number> => {
    let items = 0
    for await (const batch of feed.read(context)) items += batch.length
    return items
  }
  return { controller, done: count() }
}

const onThreads = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith('FSReq')).length

describe.skipIf(process.platform !== 'linux')('a named pipe', () => {
  it('that nobody writes to is left when the reading is to end, and no thread waits for it any more', async () => {
    const { controller, done } = reading(ndjsonFeed(await pipe()))
    await new Promise((resolve) => setTimeout(resolve, 50))
    controller.abort()
    expect(await done).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(onThreads()).toBe(0)
  })

  it('whose writer is silent is left when the reading is to end', async () => {
    const path = await pipe()
    const { controller, done } = reading(ndjsonFeed(path))
    const writer = await open(path, 'w')
    await writer.write(`${line(1)}{"type":`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    controller.abort()
    expect(await done).toBeGreaterThanOrEqual(0)
    expect(onThreads()).toBe(0)
    await writer.close()
  })

  it('that nobody writes to holds up no file, however many of them there are', async () => {
    const silent = []
    for (let index = 0; index < 6; index += 1) silent.push(reading(ndjsonFeed(await pipe())))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const { drafts } = await readAll(ndjsonFeed(await fileWith(line(1), 'day.ndjson')))
    expect(drafts).toHaveLength(1)
    for (const { controller } of silent) controller.abort()
    await Promise.all(silent.map(({ done }) => done))
  })

  it('is read to the end of its last writer, whenever that comes', async () => {
    const path = await pipe()
    const { done } = reading(ndjsonFeed(path))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const writer = await open(path, 'w')
    const text = Array.from({ length: 5_000 }, (_, index) => line(index + 1)).join('')
    await writer.writeFile(text)
    await writer.close()
    expect(await done).toBe(5_000)
  })
})
