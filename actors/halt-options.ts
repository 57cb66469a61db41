import { z } from 'zod'
import { NAME_CHARACTERS_MAX } from '../src/events/envelope.js'
import { parseOptions } from '../src/options.js'
import type { HaltOptions } from './api.js'

const symbol = z.string().min(1).max(NAME_CHARACTERS_MAX).optional()
const haltSchema = z.strictObject({ symbol, reason: z.string().min(1).max(500) })
const resetSchema = z.strictObject({ symbol })

/** @throws {OutcryError} OUTCRY_OPTION_INVALID that names the path and the value. */
export const checkHalt = (options: HaltOptions | string): z.output<typeof haltSchema> =>
  parseOptions(haltSchema, typeof options === 'string' ? { reason: options } : options, 'halt')

/** @throws {OutcryError} OUTCRY_OPTION_INVALID that names the path and the value. */
export const checkReset = (options: { readonly symbol?: string }): z.output<typeof resetSchema> =>
  parseOptions(resetSchema, options, 'reset')
