import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
const page = resolve(root, 'inspector/page')
const outDir = resolve(root, 'dist/inspector/page')
const { resolve: locate } = createRequire(import.meta.url)

/** A package's own folder; its package.json need not be exported. */
const folderOf = (name: string): string => {
  const entry = locate(name)
  return entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length)
}

/** What is in the bundle, and where its licence stands in its package. */
const BUNDLED = {
  preact: 'LICENSE',
  '@preact/signals': 'LICENSE',
  uplot: 'LICENSE',
  '@fontsource-variable/inter': 'LICENSE',
}

/** elkjs is under the EPL: it goes along unmodified, as a file of its own beside its licence, and only a Worker loads it. */
const elk: Plugin = {
  name: 'elk-as-it-is',
  closeBundle() {
    const folder = join(dirname(locate('elkjs/lib/elk-worker.min.js')), '..')
    mkdirSync(join(outDir, 'elk'), { recursive: true })
    cpSync(join(folder, 'lib/elk-worker.min.js'), join(outDir, 'elk/elk-worker.min.js'))
    cpSync(join(folder, 'LICENSE.md'), join(outDir, 'elk/LICENSE.md'))
  },
}

const notices: Plugin = {
  name: 'notices',
  closeBundle() {
    const texts = Object.entries(BUNDLED).map(([name, file]) => {
      const folder = folderOf(name)
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
      return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    })
    writeFileSync(join(outDir, 'NOTICES.txt'), texts.join(`\n${'─'.repeat(80)}\n\n`))
  },
}

/** The inspector's page. One script, one style sheet and one font, so that a recording can be exported as a single file. */
export default defineConfig({
  root: page,
  base: './',
  logLevel: 'warn',
  plugins: [elk, notices],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    // A font as data would need `font-src data:` in the policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: false,
        entryFileNames: 'page.js',
        assetFileNames: ({ names }) => (names[0]?.endsWith('.css') ? 'page.css' : '[name][extname]'),
      },
    },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: '[name].js' } } },
})
