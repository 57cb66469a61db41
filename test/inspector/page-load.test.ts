import { createEngine, defineStrategy, trade } from 'outcry'
import { inspect } from 'outcry/inspector'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AGAIN, buildPage, hasChromium, PATIENCE_MS, startBrowser, watch } from './chromium.js'

const STRATEGIES = 500
const EVENTS_PER_TURN = 1_000
const TURN_MS = 10
const LOOKED_AT_MS = 5_000

/** Each strategy has a symbol of its own, so that an event has one receiver, as in a market of many. */
const strategies = Array.from({ length: STRATEGIES }, (_, index) =>
  defineStrategy({ name: `desk-${index}`, subscribe: { symbols: [`S${index}`] }, onEvents: () => undefined }),
)

/** Ten busy symbols, and now and then any other. */
const symbolOf = (at: number): string => `S${at % 50 === 0 ? (at / 50) % STRATEGIES : at % 10}`

describe.skipIf(!hasChromium)(
  'the page beside an engine of over 1,000 actors and some 100,000 events a second',
  AGAIN,
  () => {
    let browser: Browser
    beforeAll(async () => {
      buildPage()
      browser = await startBrowser()
    }, PATIENCE_MS)
    afterAll(() => browser.close())

    it(
      'shows them all, goes on answering, and complains of nothing',
      async () => {
        const engine = createEngine({ strategies })
        await engine.start()
        const inspector = await inspect(engine)
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
        const complaints: string[] = []
        await context.addInitScript(() => {
          const tasks: number[] = []
          Object.assign(globalThis, { tasks })
          new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) tasks.push(duration)
          }).observe({ type: 'longtask' as never })
        })
        const page = await watch(context, complaints)
        let at = 0
        const publishing = setInterval(() => {
          for (let count = 0; count < EVENTS_PER_TURN; count++)
            engine.offer(trade({ symbol: symbolOf(at++), price: 1, size: 1 }))
        }, TURN_MS)
        await page.goto(inspector.url)
        await page.getByRole('tree', { name: 'Supervision tree' }).getByRole('treeitem', { name: 'engine' }).waitFor()
        const actors = page.getByRole('region', { name: 'Actors' })
        // The first layout of a thousand rows is not what a person waits for again and again.
        await page.evaluate(() => void (globalThis as unknown as { tasks: number[] }).tasks.splice(0))
        const begun = engine.ledger().events.settled
        await page.waitForTimeout(LOOKED_AT_MS)
        const perSecond = ((engine.ledger().events.settled - begun) * 1_000) / LOOKED_AT_MS
        const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks)
        await page.getByRole('searchbox').fill('desk-499 strategy')
        await actors.getByText(/^1 of \d+$/).waitFor()
        const shown = Number(
          (await actors.getByText(/^1 of \d+$/).textContent())?.replace(/\D+/g, ' ').trim().split(' ')[1],
        )
        clearInterval(publishing)
        await context.close()
        await inspector.close()
        await engine.stop({ drain: false })
        const longest = Math.max(0, ...tasks)
        // Told and not asserted: on a machine that is shared, a task waits for its processor.
        console.info(`${shown} actors, ${Math.round(perSecond)} events/s, longest task ${Math.round(longest)} ms`)
        expect(shown).toBeGreaterThan(1_000)
        expect(complaints).toEqual([])
      },
      PATIENCE_MS,
    )
  },
)
