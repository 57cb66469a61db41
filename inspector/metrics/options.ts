import { OutcryError } from 'outcry'
import { z } from 'zod'

export interface RegisterOptions {
  /** Before every name, so that several engines share a registry: letters, digits, `_` and `:`, no digit first. Default none. */
  readonly prefix?: string
  /** On every sample; a sample's own label of the same name goes before. Names are letters, digits and `_`, no digit first. */
  readonly labels?: Readonly<Record<string, string>>
}

// What Prometheus's data model allows: one name that does not fit makes it refuse the whole scrape.
const schema = z.strictObject({
  prefix: z
    .string()
    .regex(/^([a-zA-Z_:][\w:]*)?$/, 'takes letters, digits, _ and :, and no digit first')
    .default(''),
  labels: z
    .record(
      z
        .string()
        .regex(/^(?!__)(?!le$)[a-zA-Z_]\w*$/, 'takes letters, digits and _, and is neither le nor begins with __'),
      z.string(),
    )
    .default({}),
})

/** @throws {OutcryError} OUTCRY_OPTION_INVALID that names the option and its value. */
export function checkRegisterOptions(options: unknown): z.output<typeof schema> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = ['registerMetrics', ...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])]
    .map(String)
    .join('.')
  const what =
    unknown !== undefined
      ? 'there is no such option'
      : issue?.code === 'invalid_key'
        ? `the name of a label ${issue.issues[0]?.message}`
        : (issue?.message ?? 'is invalid')
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${path}: ${what}`, { path, value: options })
}
