/**
 * Takes the README's pictures of the inspector: `npm run -s build && node .ci/screenshots.mjs`.
 *
 * What they show is real: an engine that runs while they are taken, and two recorded runs.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEngine, defineStrategy, news, signal, trade } from 'outcry'
import { inspect, inspectRecording, record } from 'outcry/inspector'
import { chromium } from 'playwright-core'

const FOLDER = fileURLToPath(new URL('../docs/images/', import.meta.url))
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'GOOG', 'META', 'TSLA', 'JPM']
const HEADLINES = ['beats estimates as services grow', 'cuts its outlook for the year', 'names a new chief executive']
const KINDS = ['momentum', 'reversal', 'breakout', 'news-tone', 'pairs', 'carry', 'spread', 'gap']
const NAMES = Array.from(
  { length: 96 },
  (_, index) => `${KINDS[index % KINDS.length]}-${Math.floor(index / KINDS.length) + 1}`,
)

const strategyOf = (name) =>
  defineStrategy({
    name,
    subscribe: { types: ['trade', 'news'] },
    state: () => ({ last: new Map(), seen: 0 }),
    onEvent(event, { state }) {
      const { symbol = '', payload } = event
      state.seen += 1
      if (event.type === 'news') {
        return name.startsWith('news-tone') ? signal({ symbol, side: 'buy', strength: 0.6, cause: event }) : undefined
      }
      if (name === 'spread-4' && state.seen % 3_000 < 400) throw new Error(`no quote for ${symbol}`)
      if (name === 'pairs-2' && state.seen % 900 === 0) throw new Error('the pair has one leg')
      state.last.set(symbol, payload.price)
    },
  })

/** A price for each step that wanders and repeats itself. */
const priceAt = (step) => 100 + (step % 8) * 20 + 6 * Math.sin(step / 90) + (step % 5)

async function runLive() {
  const engine = createEngine({
    strategies: NAMES.map(strategyOf),
    breaker: { minimumCalls: 20, openTime: 4_000 },
    deadLetters: { maxCount: 5_000 },
  })
  await engine.start()
  let step = 0
  const timer = setInterval(() => {
    const burst = 60 + Math.round(50 * Math.sin(step / 4_000))
    for (let count = 0; count < burst; count += 1) {
      step += 1
      const symbol = SYMBOLS[step % SYMBOLS.length]
      engine.offer(trade({ symbol, price: priceAt(step), size: 10 }))
      if (step % 2_500 === 0)
        engine.offer(news({ symbols: [symbol], headline: `${symbol} ${HEADLINES[(step / 2_500) % 3]}` }))
    }
  }, 40)
  return { engine, end: () => clearInterval(timer) }
}

async function recordRun(file, title, failsFrom) {
  const names = ['momentum-1', 'reversal-1', 'news-tone-1', 'spread-1']
  const strategies = names.map((name) =>
    defineStrategy({
      name,
      subscribe: { types: ['trade'] },
      state: () => ({ seen: 0 }),
      onEvent({ symbol }, { state }) {
        state.seen += 1
        if (name === 'spread-1' && state.seen > failsFrom && state.seen < failsFrom + 120)
          throw new Error(`no quote for ${symbol}`)
      },
    }),
  )
  const engine = createEngine({ strategies, breaker: { minimumCalls: 20, openTime: 200 } })
  const recording = record(engine, { file, title, seed: 42 })
  await engine.start()
  for (let step = 1; step <= 1_200; step += 1) {
    const symbol = SYMBOLS[step % SYMBOLS.length]
    await engine.publish(
      trade({ id: `t${step}`, symbol, price: priceAt(step), size: 10, timestamp: 1_700_000_000_000 + step * 50 }),
    )
    if (step % 20 !== 0) continue
    await engine.drain()
    if (step % 200 === 0) await new Promise((done) => setTimeout(done, 250))
  }
  await engine.stop()
  recording.close()
}

async function picture(browser, { name, url, theme, width = 1280, height = 800, prepare }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme, deviceScaleFactor: 1 })
  page.setDefaultTimeout(120_000)
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`${name}: ${message.text()}`)
  })
  await page.goto(url)
  await prepare(page)
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
  console.log(`docs/images/${name}.png ${Math.round(statSync(join(FOLDER, `${name}.png`)).size / 1024)} KiB`)
  await page.close()
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

mkdirSync(FOLDER, { recursive: true })
const work = mkdtempSync(join(tmpdir(), 'outcry-pictures-'))
const browser = await chromium.launch({
  executablePath: process.env.OUTCRY_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const { engine, end } = await runLive()
const live = await inspect(engine, { allowActions: true })

const overview = async (page) => {
  await page.getByRole('treeitem', { name: 'engine' }).waitFor()
  await pause(45_000)
}
const breaker = async (page) => {
  await page.locator('.chart .state').first().waitFor()
  const closed = page.locator('.chart [data-state="breaker.closed"].active')
  await closed.waitFor()
  await page.getByRole('button', { name: 'Trip' }).click()
  await page.locator('.chart [data-state="breaker.open"].active').waitFor()
}
const chartOf = (name) => `${live.url}#/statechart/engine/breakers/tray-2/breaker:${name}`

await picture(browser, { name: 'overview', url: live.url, theme: 'dark', prepare: overview })
await picture(browser, {
  name: 'statechart',
  url: chartOf('spread-9'),
  theme: 'light',
  prepare: async (page) => {
    await breaker(page)
    await pause(350)
  },
})
await picture(browser, {
  name: 'sequence',
  url: `${live.url}#/sequence`,
  theme: 'dark',
  prepare: async (page) => {
    await page.locator('.chain-list button').first().waitFor()
    await page.locator('.chain-list button').first().click()
    await pause(1_000)
  },
})
await picture(browser, {
  name: 'dead-letters',
  url: `${live.url}#/letters`,
  theme: 'light',
  prepare: async (page) => {
    await page
      .getByRole('row', { name: /spread-4|pairs-2/ })
      .first()
      .click()
    await page.locator('.stack').waitFor()
  },
})
await picture(browser, {
  name: 'phone-overview',
  url: live.url,
  theme: 'light',
  width: 390,
  height: 844,
  prepare: async (page) => {
    await page.getByRole('treeitem', { name: 'engine' }).waitFor()
    await pause(5_000)
  },
})
await picture(browser, {
  name: 'phone-statechart',
  url: chartOf('gap-9'),
  theme: 'dark',
  width: 390,
  height: 844,
  prepare: breaker,
})
end()
await live.close()
await engine.stop({ drain: false })

const traces = [join(work, 'before.trace'), join(work, 'after.trace')]
await recordRun(traces[0], 'four strategies over eight symbols', 300)
await recordRun(traces[1], 'four strategies over eight symbols', 700)
const one = await inspectRecording([traces[0]])
await picture(browser, {
  name: 'time-travel',
  url: one.url,
  theme: 'dark',
  prepare: async (page) => {
    await page.locator('.landmark-list button', { hasText: 'open' }).first().click()
    await page.locator('.chart [data-state="breaker.open"].active').waitFor()
    await pause(900)
  },
})
await one.close()
const both = await inspectRecording(traces)
await picture(browser, {
  name: 'comparison',
  url: both.url,
  theme: 'light',
  prepare: async (page) => {
    await page.getByRole('button', { name: 'To the first difference' }).click()
    await page.locator('.chart .state').first().waitFor()
    await pause(900)
  },
})
await both.close()
await browser.close()
rmSync(work, { recursive: true })
