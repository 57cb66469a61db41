import { z } from 'zod'
import { valueAt } from '../safe-parse.js'
import { describeValue, Invalid, shownKey } from './invalid.js'

/**
 * What a payload's schema may be: any synchronous schema of an object. Fields by name are what
 * lets a type grow, lets a journal be queried, and lets the flat form put them beside the envelope.
 */
export type PayloadSchema = z.ZodType<unknown, object>

const isPlainObject = (schema: unknown): schema is z.ZodObject => schema instanceof z.ZodObject

/** The kinds that never take an object with fields; what is not listed is left to the schema itself. */
const NEVER_OBJECTS: ReadonlySet<string> = new Set([
  'string',
  'number',
  'int',
  'boolean',
  'bigint',
  'symbol',
  'null',
  'undefined',
  'void',
  'never',
  'date',
  'literal',
  'enum',
  'nan',
  'array',
  'tuple',
  'map',
  'set',
  'file',
  'function',
  'template_literal',
])

export const neverTakesObject = (schema: z.ZodType): boolean => NEVER_OBJECTS.has(schema.type)

/** An object schema that says nothing of unknown keys would drop a typing error in silence: it is made strict. */
export function strictened(schema: z.ZodType): z.ZodType {
  const inner = (part: z.core.$ZodType): z.core.$ZodType => (part instanceof z.ZodType ? strictened(part) : part)
  if (isPlainObject(schema)) return schema.def.catchall === undefined ? schema.strict() : schema
  if (schema instanceof z.ZodUnion) return schema.clone({ ...schema.def, options: schema.def.options.map(inner) })
  if (schema instanceof z.ZodPipe) return schema.clone({ ...schema.def, in: inner(schema.def.in) })
  if (schema instanceof z.ZodReadonly) return schema.clone({ ...schema.def, innerType: inner(schema.def.innerType) })
  return schema
}

/** The field names of an object schema or of all of a union's; what cannot be known has none. */
export function fieldsOf(schema: z.core.$ZodType): readonly string[] {
  if (isPlainObject(schema)) return Object.keys(schema.shape)
  if (schema instanceof z.ZodUnion) return schema.def.options.flatMap(fieldsOf)
  if (schema instanceof z.ZodPipe) return fieldsOf(schema.def.in)
  if (schema instanceof z.ZodReadonly) return fieldsOf(schema.def.innerType)
  if (schema instanceof z.ZodIntersection) return [...fieldsOf(schema.def.left), ...fieldsOf(schema.def.right)]
  return []
}

/**
 * Whether a schema can read its own fields of an object that carries the envelope's too, which is
 * the fast way through the flat form. One that is open to unknown keys would take the envelope for
 * payload, and of other kinds only the schema itself knows which fields are its own.
 */
export const isPickable = (schema: z.ZodType): boolean =>
  isPlainObject(schema) && (schema.def.catchall === undefined || schema.def.catchall instanceof z.ZodNever)

/** The same schema without a word on unknown keys. */
export const picking = (schema: z.ZodType): z.ZodType => (isPlainObject(schema) ? schema.strip() : schema)

/** The deepest first issue: a union says only "invalid input" itself, and its members say what is wrong. */
function firstIssue(
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[] = [],
): z.core.$ZodIssue | undefined {
  const issue = issues[0]
  if (issue === undefined) return undefined
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.filter((errors) => errors.length > 0).sort((a, b) => a.length - b.length)[0]
    const inner = nearest === undefined ? undefined : firstIssue(nearest, path)
    if (inner !== undefined) return inner
  }
  return { ...issue, path }
}

/** zod's answer as one sentence that names the path and the value. */
export function invalidPayload(
  type: string,
  id: string | undefined,
  input: unknown,
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[],
): Invalid {
  const issue = firstIssue(issues)
  const at = issue?.path ?? []
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = [...prefix, ...at, ...(unknownKey === undefined ? [] : [unknownKey])]
    .map((key) => shownKey(String(key)))
    .join('.')
  if (unknownKey !== undefined) {
    const value = valueAt(input, [...at, unknownKey])
    return new Invalid(id, path, `${type}: ${path} (${describeValue(value)}) is no field of this type`, value)
  }
  const value = valueAt(input, at)
  const subject = path === '' ? 'the payload' : path
  return new Invalid(id, path, `${type}: ${subject} is ${describeValue(value)}: ${issue?.message ?? 'invalid'}`, value)
}
