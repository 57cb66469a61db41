import { existsSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const PARTS = ['src', 'machines', 'actors', 'simulations', 'inspector', 'examples']

/** With OUTCRY_TEST_BUILD set, the tests run on what `npm run build` made instead of on the sources. */
const onBuild = process.env.OUTCRY_TEST_BUILD !== undefined

const toBuild: Plugin = {
  name: 'outcry-build-under-test',
  enforce: 'pre',
  resolveId(id, importer) {
    if (importer === undefined || !id.startsWith('.') || !id.endsWith('.js')) return null
    const path = relative(root, resolve(dirname(importer), id))
    if (!PARTS.includes(path.split(sep)[0] ?? '')) return null
    const built = resolve(root, 'dist', path)
    return existsSync(built) ? built : null
  },
}

export default defineConfig({
  plugins: onBuild ? [toBuild] : [],
  resolve: {
    // The examples import the product by its own name; tests run them on the sources, not on the build.
    alias: [
      { find: /^outcry$/, replacement: resolve(root, onBuild ? 'dist/src/index.js' : 'src/index.ts') },
      {
        find: /^outcry\/(machines|actors|inspector)$/,
        replacement: resolve(root, onBuild ? 'dist/$1/index.js' : '$1/index.ts'),
      },
      {
        find: /^outcry\/metrics$/,
        replacement: resolve(root, onBuild ? 'dist/inspector/metrics/index.js' : 'inspector/metrics/index.ts'),
      },
      {
        find: /^outcry\/(lmdb|postgres)$/,
        replacement: resolve(root, onBuild ? 'dist/src/journal/$1/index.js' : 'src/journal/$1/index.ts'),
      },
      {
        // The subpath is named after the use, the folder after what is in it.
        find: /^outcry\/simulation$/,
        replacement: resolve(root, onBuild ? 'dist/simulations/index.js' : 'simulations/index.ts'),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    typecheck: { enabled: false },
  },
})
