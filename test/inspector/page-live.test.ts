import { createEngine, defineStrategy, type Engine, news, signal, trade } from 'outcry'
import { type Inspector, inspect } from 'outcry/inspector'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AGAIN, buildPage, hasChromium, open, PATIENCE_MS, startBrowser } from './chromium.js'

const TOKEN = 'a-token-of-forty-characters-for-the-tests'

/** What the seventh strategy does with a trade; a test may mend it. */
let broken = true

const momentum = (index: number) =>
  defineStrategy({
    name: `momentum-${index}`,
    subscribe: { types: ['trade', 'news'] },
    onEvent(event) {
      if (event.type === 'news' && index === 1)
        return signal({ symbol: event.symbol ?? '', side: 'buy', strength: 0.6, cause: event })
      if (index === 7 && broken && event.symbol === 'MSFT') throw new Error('no price for MSFT')
    },
  })

describe.skipIf(!hasChromium)('the page beside a running engine', AGAIN, () => {
  let browser: Browser
  let engine: Engine
  let inspector: Inspector
  let publishing: NodeJS.Timeout
  let published = 0

  beforeAll(async () => {
    buildPage()
    browser = await startBrowser()
  }, PATIENCE_MS)
  afterAll(() => browser.close())
  afterEach(async () => {
    clearInterval(publishing)
    await inspector.close()
    await engine.stop({ drain: false })
  })

  async function start(options: { readonly allowActions: boolean; readonly port?: number }): Promise<void> {
    broken = true
    engine = createEngine({ strategies: Array.from({ length: 100 }, (_, index) => momentum(index + 1)) })
    await engine.start()
    inspector = await inspect(engine, { port: options.port ?? 0, allowActions: options.allowActions, token: TOKEN })
    publishing = setInterval(() => {
      published += 1
      engine.offer(trade({ symbol: 'AAPL', price: 100 + (published % 7), size: 10 }))
    }, 20)
  }

  it(
    'shows the tree of 100 strategies, trips a breaker and lights the edge that it took',
    async () => {
      await start({ allowActions: true })
      const { page, context, complaints } = await open(browser, inspector.url)
      await page.getByRole('tree', { name: 'Supervision tree' }).getByRole('treeitem', { name: 'engine' }).waitFor()
      const actors = page.getByRole('region', { name: 'Actors' })
      // Links and the like are no statecharts: they are not in the way of those that are.
      await actors.getByText(/^\d+ of \d+$/).waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('link')
      await page.getByRole('grid', { name: 'Actors' }).getByRole('row', { name: /^link/ }).first().waitFor()
      await page.getByRole('searchbox').fill('momentum- strategy')
      await actors.getByText(/^100 of \d+$/).waitFor()

      await page.getByRole('searchbox').fill('breaker:momentum-42 breaker.closed')
      const grid = page.getByRole('grid', { name: 'Actors' })
      await actors.getByText(/^1 of \d+$/).waitFor()
      await grid.focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      const state = (name: string) => page.locator(`.chart [data-state="breaker.${name}"]`)
      await page.locator('.chart [data-state="breaker.closed"].active').waitFor()
      expect(await state('open').getAttribute('class')).not.toContain('active')

      const wait = page.getByText('asks again in')
      expect(await wait.count(), 'a closed breaker waits for nothing').toBe(0)
      await page.getByRole('button', { name: 'Trip' }).click()
      await page.locator('.chart [data-state="breaker.open"].active').waitFor()
      await wait.waitFor()
      const edge = page.locator('.chart [data-edge="breaker.closed→breaker.open"]')
      expect(await edge.getAttribute('class')).toContain('taken')
      expect(await edge.locator('text.taken').textContent()).toContain('breaker.trip')
      expect(engine.breaker('momentum-42').state).toBe('open')
      // What the table and the tree say of it is the same.
      await page.keyboard.press('1')
      await page.getByRole('searchbox').fill('breaker:momentum-42 breaker.open')
      await grid.getByRole('row', { name: /breaker:momentum-42.*open/ }).waitFor()
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'redrives a dead letter to the strategy that failed on it',
    async () => {
      await start({ allowActions: true })
      await engine.publish(trade({ symbol: 'MSFT', price: 1, size: 1 }))
      await engine.drain()
      const { page, context, complaints } = await open(browser, inspector.url)
      await page.getByRole('button', { name: /^Dead letters/ }).click()
      const letter = page.getByRole('grid', { name: 'Dead letters' }).getByRole('row', { name: /momentum-7/ })
      await letter.click()
      await page.getByRole('region', { name: 'momentum-7' }).getByText('no price for MSFT').waitFor()
      broken = false
      await page.getByRole('button', { name: 'Redrive', exact: true }).click()
      await letter.waitFor({ state: 'detached' })
      expect(engine.ledger().deadLetters).toMatchObject({ entered: 1, held: 0, redriven: 1 })
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'follows a signal back to the news that caused it',
    async () => {
      await start({ allowActions: false })
      const { page, context, complaints } = await open(browser, inspector.url)
      await page.getByRole('button', { name: 'Sequence' }).click()
      await page.locator('.sequence .message').first().waitFor()
      // Of masses of messages only some are kept, and this is about one of them.
      clearInterval(publishing)
      // A batch that still held the trades' messages would have no room for this one's.
      await page.waitForTimeout(1_000)
      await engine.publish(news({ symbols: ['AAPL'], headline: 'Apple beats estimates' }))
      await page.getByRole('button', { name: /Apple beats estimates.*momentum-1.*signal AAPL buy 0.6/s }).click()
      const chain = page.getByRole('region', { name: 'Causation' })
      await chain.getByText('momentum-1 answered with').waitFor()
      expect(await chain.textContent()).toContain('Apple beats estimates')
      await page.locator('.sequence .message.marked').first().waitFor()
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'offers no action where none is allowed, and says why',
    async () => {
      await start({ allowActions: false })
      const { page, context } = await open(browser, inspector.url)
      const pause = page.getByRole('button', { name: 'Pause' })
      await pause.waitFor()
      expect(await pause.isDisabled()).toBe(true)
      expect(await pause.getAttribute('title')).toContain('--allow-actions')
      await page.getByRole('button', { name: /^Dead letters/ }).click()
      await page.getByText('Looking only').waitFor()
      expect(await page.getByRole('button', { name: 'Discard all' }).isDisabled()).toBe(true)
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'goes on by itself when the engine is back at the same address',
    async () => {
      await start({ allowActions: false })
      const { port } = inspector
      const { page, context } = await open(browser, inspector.url)
      const status = page.locator('.status')
      await status.getByText('live').waitFor()
      const before = await status.textContent()
      clearInterval(publishing)
      await inspector.close()
      await status.getByText('reconnecting').waitFor()
      await engine.stop({ drain: false })
      await start({ allowActions: false, port })
      await status.getByText('live').waitFor()
      expect((await status.textContent())?.slice(-36)).not.toBe(before?.slice(-36))
      await page.getByRole('treeitem', { name: 'group-10' }).waitFor()
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'pauses and resumes the engine, and halts it with a reason',
    async () => {
      await start({ allowActions: true })
      const { page, context, complaints } = await open(browser, inspector.url)
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByRole('banner').getByText('running.paused').waitFor()
      await page.getByRole('button', { name: 'Resume' }).click()
      await page.getByRole('banner').getByText('running.flowing').waitFor()
      await page.getByRole('button', { name: 'Halt' }).click()
      await page.getByRole('dialog').getByLabel('Reason').fill('prices look wrong')
      await page.getByRole('dialog').getByRole('button', { name: 'Halt' }).click()
      await page.getByText('prices look wrong', { exact: true }).waitFor()
      expect(engine.halts()).toMatchObject([{ reason: 'prices look wrong' }])
      await page.getByRole('button', { name: 'Reset' }).click()
      await page.getByRole('banner').getByText('running.flowing').waitFor()
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )
})
