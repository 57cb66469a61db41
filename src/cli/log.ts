import pino from 'pino'
import { type Log, silentLog } from '../log.js'
import { line } from './format.js'
import type { RunOptions } from './options.js'
import type { Output, Paint } from './terminal.js'

const LEVELS = ['error', 'warn', 'info', 'debug'] as const

/** Details as `key=value`, for a person. */
const pairs = (details: object): string =>
  Object.entries(details)
    .map(
      ([key, value]) =>
        `${key}=${value instanceof Error ? value.message : typeof value === 'object' ? JSON.stringify(value) : value}`,
    )
    .join(' ')

/** The log of a run on standard error: lines for a person on a terminal, pino's JSON for everything else. */
export function createLog(level: RunOptions['logLevel'], output: Output, paint: Paint): Log {
  if (level === 'silent') return silentLog
  if (output.isTTY !== true) return pino({ level }, { write: (text: string) => output.write(text) })
  const most = LEVELS.indexOf(level)
  const colour = { error: paint.red, warn: paint.yellow, info: paint.cyan, debug: paint.dim }
  const at =
    (name: (typeof LEVELS)[number]) =>
    (details: object, message: string): void => {
      if (LEVELS.indexOf(name) > most) return
      output.write(`\r\u001b[2K${colour[name](name)} ${line(message)} ${paint.dim(line(pairs(details)))}\n`)
    }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
