import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AGAIN, buildPage, hasChromium, open, PATIENCE_MS, startBrowser, watch } from './chromium.js'
import { type PageServer, servePage } from './page-server.js'

describe.skipIf(!hasChromium)('the page', AGAIN, () => {
  let browser: Browser
  let server: PageServer

  beforeAll(async () => {
    buildPage()
    browser = await startBrowser()
  }, PATIENCE_MS)
  afterAll(() => browser.close())
  afterEach(() => server.close())

  it(
    'shares one stream among the tabs of a browser, and a later tab has the whole picture at once',
    async () => {
      server = await servePage({ strategies: 20 })
      const { page, context, complaints } = await open(browser, server.url)
      await page.getByRole('treeitem', { name: 'engine' }).waitFor()
      const second = await watch(context, complaints)
      await second.goto(server.url)
      await second.getByRole('treeitem', { name: 'engine' }).waitFor()
      expect(server.streams()).toBe(1)
      // The first tab held no special place: the other goes on without it.
      await page.close()
      const text = await second.locator('.ledger .term b').first().textContent()
      await second
        .locator('.ledger .term b')
        .first()
        .filter({ hasNotText: text ?? '' })
        .waitFor()
      expect(server.streams()).toBe(1)
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'holds only the rows that are seen of a thousand actors',
    async () => {
      server = await servePage({ strategies: 500 })
      const { page, context } = await open(browser, server.url)
      const grid = page.getByRole('grid', { name: 'Actors' })
      await grid.waitFor()
      expect(Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(1_000)
      expect(await grid.getByRole('row').count()).toBeLessThan(60)
      await grid.focus()
      await page.keyboard.press('End')
      await grid.locator('[aria-selected=true]').waitFor()
      expect(await grid.getByRole('row').count()).toBeLessThan(60)
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'shows nested cards where no layout can be had',
    async () => {
      server = await servePage({ strategies: 10 })
      const { page, context } = await open(browser, 'about:blank')
      await page.route('**/elk-worker.min.js', (route) => route.abort())
      await page.goto(`${server.url}#/statechart/engine`)
      await page.getByText('nested cards').waitFor()
      await page.locator('.state-card.active').first().waitFor()
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'can be used by keyboard alone, and names every control',
    async () => {
      server = await servePage({ strategies: 10 })
      const { page, context, complaints } = await open(browser, server.url)
      await page.getByRole('treeitem', { name: 'engine' }).waitFor()
      for (const [key, name] of [
        ['2', 'Statechart'],
        ['3', 'Sequence'],
        ['4', 'Dead letters'],
        ['5', 'Time travel'],
        ['1', 'Overview'],
      ] as const) {
        await page.keyboard.press(key)
        await page.locator('.tabs [aria-current=page]', { hasText: name }).waitFor()
        const nameless = await page.evaluate(
          "[...document.querySelectorAll('button, input, select')].filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length)).map((one) => one.outerHTML)",
        )
        expect(nameless).toEqual([])
      }
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' })
      await page.keyboard.press('t')
      expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )

  it.each([1280, 390])(
    'nothing sticks out sideways at %i pixels, in any view',
    async (width) => {
      server = await servePage({ strategies: 10 })
      const { page, context } = await open(browser, server.url, { width, height: 844 })
      await page.getByRole('button', { name: 'Overview' }).waitFor()
      for (const key of ['1', '2', '3', '4', '5']) {
        await page.keyboard.press(key)
        await page.waitForTimeout(200)
        const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
        expect([key, over]).toEqual([key, 0])
      }
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'says what to do where the server does not know its token',
    async () => {
      server = await servePage({ strategies: 10, refuse: true })
      const { page, context } = await open(browser, server.url)
      await page.getByRole('heading', { name: 'The engine does not know this page.' }).waitFor()
      await context.close()
    },
    PATIENCE_MS,
  )
})
