import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createEngine, defineStrategy, trade } from 'outcry'
import { inspectRecording, record } from 'outcry/inspector'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AGAIN, buildPage, hasChromium, open, PATIENCE_MS, startBrowser } from './chromium.js'

/** A run whose strategy fails on one trade; two runs that differ in which. */
async function recordRun(file: string, poison: number): Promise<void> {
  const fragile = defineStrategy({
    name: 'fragile',
    subscribe: { types: ['trade'] },
    onEvent({ payload }) {
      if (payload.price === poison) throw new Error(`cannot think about ${poison}`)
    },
  })
  const engine = createEngine({ strategies: [fragile] })
  const recording = record(engine, { file, title: `poison at ${poison}` })
  await engine.start()
  for (let price = 1; price <= 400; price++) {
    await engine.publish(
      trade({ id: `t${price}`, symbol: 'AAPL', price, size: 1, timestamp: 1_700_000_000_000 + price }),
    )
    if (price % 10 === 0) await engine.drain()
  }
  await engine.stop()
  recording.close()
}

describe.skipIf(!hasChromium)('the page on recordings', AGAIN, () => {
  let browser: Browser
  let folder: string
  let paths: readonly [string, string]

  beforeAll(async () => {
    buildPage()
    folder = mkdtempSync(join(tmpdir(), 'outcry-page-'))
    paths = [join(folder, 'first.trace'), join(folder, 'second.trace')]
    await recordRun(paths[0], 125)
    await recordRun(paths[1], 275)
    browser = await startBrowser()
  }, PATIENCE_MS)
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  it(
    'steps to the entry that failed and shows what it was',
    async () => {
      await using inspector = await inspectRecording([paths[0]])
      const { page, context, complaints } = await open(browser, inspector.url)
      const scrubber = page.getByRole('slider', { name: 'Entry' })
      await scrubber.waitFor()
      expect(await scrubber.inputValue()).toBe('1')
      await page.getByLabel('Kind').selectOption('failure')
      await page.getByRole('button', { name: 'Next ›' }).click()
      const entry = page.locator('.entry[aria-current=step]')
      await entry.and(page.locator('.bad')).waitFor()
      expect(await entry.textContent()).toContain('1 failed')
      const at = Number(await scrubber.inputValue())
      await page
        .getByRole('region', { name: /^dispatched/ })
        .getByText('failedSequences')
        .waitFor()
      // The strategy that failed is the one whose statechart is shown.
      await page.getByRole('heading', { name: /fragile$/ }).waitFor()
      await page.locator('.chart [data-state="strategy.active.ready"].active').waitFor()

      await page.getByRole('heading', { name: 'Entries' }).click()
      // A key is answered by the server, so the next one waits for it.
      const stands = (entry: number): Promise<void> =>
        expect.poll(async () => Number(await scrubber.inputValue()), { timeout: PATIENCE_MS / 4 }).toBe(entry)
      await page.keyboard.press('ArrowRight')
      await stands(at + 1)
      await page.keyboard.press('Shift+ArrowRight')
      await stands(at + 11)
      await page.keyboard.press('Home')
      await stands(1)
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'stops at a state, forwards and backwards',
    async () => {
      await using inspector = await inspectRecording([paths[0]])
      const { page, context } = await open(browser, inspector.url)
      await page.getByRole('searchbox', { name: 'State' }).fill('draining')
      await page.keyboard.press('Enter')
      const entry = page.locator('.entry[aria-current=step]')
      await entry.getByText('draining').waitFor()
      const at = Number(await page.getByRole('slider', { name: 'Entry' }).inputValue())
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByRole('searchbox', { name: 'State' }).fill('flowing')
      await page.keyboard.press('Shift+Enter')
      await entry.getByText('flowing').waitFor()
      expect(Number(await page.getByRole('slider', { name: 'Entry' }).inputValue())).toBeLessThan(at)
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'compares two runs and goes to the first difference',
    async () => {
      await using inspector = await inspectRecording(paths)
      const { page, context, complaints } = await open(browser, inspector.url)
      await page.getByText('Different', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'To the first difference' }).click()
      const parting = page.locator('.entry.parting')
      await parting.nth(1).waitFor()
      expect(await parting.count()).toBe(2)
      const text = (await page.locator('.verdict-bar').textContent()) ?? ''
      const [, equal = '', place = ''] = /Equal for ([\d,]+) entries; they part at ([\d,]+)/.exec(text) ?? []
      expect(Number(place.replace(',', ''))).toBe(Number(equal.replace(',', '')) + 1)
      expect(await page.getByRole('slider', { name: 'Entry' }).inputValue()).toBe(place.replace(',', ''))
      await page
        .getByRole('region', { name: /^Difference at/ })
        .getByRole('row')
        .first()
        .waitFor()
      expect(complaints).toEqual([])
      await context.close()
    },
    PATIENCE_MS,
  )

  it(
    'exports one HTML file that plays without a server',
    async () => {
      const inspector = await inspectRecording([paths[0]])
      const { page, context } = await open(browser, inspector.url)
      const saving = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Export' }).click()
      const file = join(folder, 'exported.html')
      await (await saving).saveAs(file)
      await inspector.close()
      await context.close()

      const exported = await open(browser, pathToFileURL(file).href)
      await exported.page.getByRole('heading', { name: 'poison at 125' }).waitFor()
      await exported.page.getByLabel('Kind').selectOption('failure')
      await exported.page.getByRole('button', { name: 'Next ›' }).click()
      await exported.page.locator('.entry[aria-current=step].bad').getByText('1 failed').waitFor()
      await exported.page.locator('.chart [data-state="strategy.active.ready"].active').waitFor()
      expect(exported.complaints).toEqual([])
      await exported.context.close()
    },
    PATIENCE_MS,
  )
})
