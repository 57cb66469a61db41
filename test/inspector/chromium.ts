import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const PATH = process.env.OUTCRY_CHROMIUM ?? '/usr/bin/chromium'

/** Whether there is a browser; where there has to be one, tests run and fail without it. */
export const hasChromium = existsSync(PATH) || process.env.CI !== undefined

if (!hasChromium) console.warn(`There is no Chromium at ${PATH} (OUTCRY_CHROMIUM): tests of the page are skipped.`)

/** Long, since a machine may be busy; what is waited for comes as soon as it can. Milliseconds. */
export const PATIENCE_MS = 120_000

/** Two processes and a clock may miss each other on a busy machine; what is wrong is wrong three times. */
export const AGAIN = { retry: 2 } as const

/** The page as it would be shipped; at once where it stands already. */
export const buildPage = (): void => {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../inspector/page/build.mjs', import.meta.url))])
}

/** A browser that asks nothing of any network but for the page: a machine for tests may have none. */
const QUIET = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const startBrowser = (): Promise<Browser> => chromium.launch({ executablePath: PATH, args: QUIET })

/** A page, and everything that its console was told to complain of. */
export interface Watched {
  readonly page: Page
  readonly context: BrowserContext
  readonly complaints: string[]
}

export async function open(browser: Browser, url: string, viewport = { width: 1280, height: 800 }): Promise<Watched> {
  const context = await browser.newContext({ viewport })
  const complaints: string[] = []
  const page = await watch(context, complaints)
  await page.goto(url)
  return { page, context, complaints }
}

export async function watch(context: BrowserContext, complaints: string[]): Promise<Page> {
  const page = await context.newPage()
  // Less than a test may take, so that a failure names what was waited for.
  page.setDefaultTimeout(PATIENCE_MS / 2)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  return page
}
