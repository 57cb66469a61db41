import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { AnyStateMachine } from 'xstate'
import * as machines from '../../machines/index.js'
import { edgesOf } from './edge-coverage.js'

declare module 'vitest' {
  interface ProvidedContext {
    readonly edges: string
  }
}

const isMachine = (value: unknown): value is AnyStateMachine =>
  typeof value === 'object' && value !== null && 'root' in value && 'provide' in value

/** Around a whole run: says which edges of the statecharts no live actor took, and fails if there are any. */
export default function aroundAll(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'edges-'))
  project.provide('edges', directory)
  return () => {
    const taken = new Set<string>()
    for (const file of readdirSync(directory)) {
      const names = JSON.parse(readFileSync(join(directory, file, 'taken.json'), 'utf8')) as readonly string[]
      for (const name of names) taken.add(name)
    }
    rmSync(directory, { recursive: true, force: true })
    const all = Object.values(machines).filter(isMachine).flatMap(edgesOf)
    const missing = all.filter((name) => !taken.has(name))
    const lines = [`Edges of the statecharts taken by live actors: ${all.length - missing.length} of ${all.length}.`]
    process.stdout.write(`${[...lines, ...missing.map((name) => `  not taken: ${name}`)].join('\n')}\n`)
    if (missing.length > 0) process.exitCode = 1
  }
}
