import { parseRun, type Run } from '../../bench/report/results.js'

export const machine = {
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 24,
  platform: 'linux x64',
  node: 'v20.19.0',
  v8: '11.3',
  commit: 'abc',
}

/** A run of that time with these rows and whatever else, read as it is from its file. */
export const kept = (at: string, rest: object): Run =>
  parseRun(JSON.stringify({ machine, short: false, runs: 5, at, ...rest }), 'a run')
