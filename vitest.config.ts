import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // The examples import the product by its own name; tests run them on the sources, not on the build.
    alias: [
      { find: /^outcry$/, replacement: here('./src/index.ts') },
      { find: /^outcry\/(machines|actors|simulation)$/, replacement: here('./$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    typecheck: { enabled: false },
  },
})
