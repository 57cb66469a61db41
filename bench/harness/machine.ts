import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'

/** On what a figure was measured; without it the figure means nothing. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
  readonly v8: string
  /** The commit measured, with `+` where the working tree differs from it; `unknown` outside a checkout. */
  readonly commit: string
}

const git = (...args: string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

const commit = (): string => {
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+')
  } catch {
    return 'unknown'
  }
}

/** A virtual machine may hide the model and leave only a number; then that is what there is to say. */
const model = (): string => {
  const name = cpus()[0]?.model.trim() ?? ''
  return /[a-z]/i.test(name) ? name : `${process.arch} model ${name === '' ? 'unknown' : name}`
}

export const describeMachine = (): Machine => ({
  cpu: model(),
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  v8: process.versions.v8,
  commit: commit(),
})
