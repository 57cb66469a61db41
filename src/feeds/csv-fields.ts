import { z } from 'zod'
import type { EventDefinition } from '../events/define.js'

/** How a cell's text becomes the value of a field. */
export type CellReader = (text: string) => unknown

export interface CsvField {
  readonly required: boolean
  /** Undefined for a field that a cell cannot hold, such as an object. */
  readonly read: CellReader | undefined
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

// What is no number or no boolean is handed on as text, so that the schema's message names it.
const number: CellReader = (text) => (DECIMAL.test(text) ? Number(text) : text)
const boolean: CellReader = (text) => {
  const word = text.toLowerCase()
  if (word === 'true' || word === '1') return true
  return word === 'false' || word === '0' ? false : text
}
const list: CellReader = (text) => text.split(/[;|\s]+/).filter((word) => word !== '')
/** A copy with memory of its own: a part of a larger string would keep the whole piece of the file alive. */
const string: CellReader = (text) => (text.length < 13 ? text : Buffer.from(text).toString())

function readerOf(schema: unknown): CellReader | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return readerOf(schema.unwrap())
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) return readerOf(schema.unwrap())
  if (schema instanceof z.ZodPipe) return readerOf(schema.in)
  if (schema instanceof z.ZodNumber) return number
  if (schema instanceof z.ZodBoolean) return boolean
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodString ? list : undefined
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral) return string
  return undefined
}

/** The fields that an event type's payload has, as far as its schema can be asked. */
export function csvFields(definition: EventDefinition): ReadonlyMap<string, CsvField> {
  const fields = new Map<string, CsvField>()
  if (!(definition.payload instanceof z.ZodObject)) return fields
  for (const [name, schema] of Object.entries(definition.payload.shape)) {
    const required = schema instanceof z.ZodType && !schema.safeParse(undefined).success
    fields.set(name, { required, read: readerOf(schema) })
  }
  return fields
}
