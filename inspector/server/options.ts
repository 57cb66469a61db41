import { type Environment, OutcryError } from 'outcry'
import { z } from 'zod'

export interface InspectOptions {
  /** 0 takes any that is free. Default 0. */
  readonly port?: number
  /** Which interface to listen on. Default 127.0.0.1; any other needs a `token` of your own. */
  readonly host?: string
  /** Whether the page may pause the engine, redrive letters and so on. Default false. */
  readonly allowActions?: boolean
  /** What a request must carry: 16 to 128 letters, digits, `-` or `_`. Default a random one for each run. */
  readonly token?: string
  /** More keys whose values are never shown: words, found anywhere in a key whatever their case. */
  readonly redact?: readonly string[]
  /** Time and chance of the server. Default the system's. */
  readonly environment?: Environment
}

const schema = z.strictObject({
  port: z.int().min(0).max(65_535).default(0),
  host: z.string().min(1).max(255).default('127.0.0.1'),
  allowActions: z.boolean().default(false),
  token: z
    .string()
    .regex(/^[\w-]{16,128}$/, 'takes 16 to 128 letters, digits, - or _')
    .optional(),
  redact: z.array(z.string().min(1).max(100)).max(100).default([]),
  environment: z.custom<Environment>((value) => typeof value === 'object' && value !== null).optional(),
})

export type CheckedOptions = z.output<typeof schema>

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1|\[::1\])$/

export const isLoopback = (host: string): boolean => LOOPBACK.test(host)

/** @throws {OutcryError} OUTCRY_OPTION_INVALID that names the option and its value. */
export function checkInspectOptions(options: unknown): CheckedOptions {
  const parsed = schema.safeParse(options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
    const name = String(unknown ?? issue?.path[0] ?? '')
    // A token is not for logs, not even a bad one.
    const value = name === 'token' ? undefined : (Object(options) as Record<string, unknown>)[name]
    const what = unknown === undefined ? (issue?.message ?? 'is invalid') : 'there is no such option'
    const given = value === undefined ? '' : ` (got ${JSON.stringify(value) ?? typeof value})`
    throw new OutcryError('OUTCRY_OPTION_INVALID', `inspect.${name}: ${what}${given}`, {
      path: `inspect.${name}`,
      value,
    })
  }
  const { host, token } = parsed.data
  if (!isLoopback(host) && token === undefined) {
    const message = `inspect.host: ${host} can be reached from other machines: give a token of your own with it`
    throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'inspect.host', value: host })
  }
  return parsed.data
}
