/** Keys whose values are never shown. */
const SECRET =
  /pass(word|phrase|wd)?$|secret|token|api[-_]?key|authori[sz]ation|credential|private[-_]?key|cookie|^auth$|^pin$/i

export interface Bounds {
  /** Objects within objects. Default 6. */
  readonly depth?: number
  /** Values in all. Default 2,000. */
  readonly values?: number
  /** Entries of one array, map or set. Default 50. */
  readonly entries?: number
  /** Characters of one string. Default 500. */
  readonly characters?: number
  /** More keys that are never shown. */
  readonly redact?: readonly RegExp[]
}

export interface Shown {
  /** Plain JSON. */
  readonly value: unknown
  /** How many values were left out, as there were too many or they lay too deep. */
  readonly leftOut: number
}

const PLAIN: ReadonlySet<unknown> = new Set([Object.prototype, null])

/**
 * A value as plain JSON that a stranger may see: secrets by the names of their keys, cycles, and what
 * is too deep, too long or too much replaced by words in brackets. It calls no getter of what it
 * shows, and what throws is shown as such.
 */
export function shown(value: unknown, bounds: Bounds = {}): Shown {
  const viewer = new Viewer(bounds)
  return { value: viewer.view(value, 0), leftOut: viewer.leftOut }
}

class Viewer {
  leftOut = 0
  private left: number
  private readonly above = new Set<object>()
  private readonly depth: number
  private readonly entries: number
  private readonly characters: number
  private readonly redact: readonly RegExp[]

  constructor({ depth = 6, values = 2_000, entries = 50, characters = 500, redact = [] }: Bounds) {
    this.left = values
    this.depth = depth
    this.entries = entries
    this.characters = characters
    this.redact = [SECRET, ...redact]
  }

  view(value: unknown, depth: number): unknown {
    if (this.left <= 0) return this.omit('[more]')
    this.left -= 1
    switch (typeof value) {
      case 'string':
        return value.length > this.characters
          ? `${value.slice(0, this.characters)}… (${value.length} characters)`
          : value
      case 'number':
        return Number.isFinite(value) ? value : String(value)
      case 'boolean':
        return value
      case 'undefined':
        return '[undefined]'
      case 'bigint':
        return `${value}n`
      case 'function':
        return `[function ${value.name}]`
      case 'symbol':
        return value.toString()
      case 'object':
        return value === null ? null : this.object(value, depth)
    }
  }

  private object(value: object, depth: number): unknown {
    if (this.above.has(value)) return '[cycle]'
    if (depth >= this.depth) return this.omit(`[${nameOf(value)}]`)
    this.above.add(value)
    try {
      return this.inside(value, depth + 1)
    } catch {
      return '[cannot be read]'
    } finally {
      this.above.delete(value)
    }
  }

  private inside(value: object, depth: number): unknown {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString()
    if (value instanceof Error) return { error: value.name, message: this.view(value.message, depth) }
    if (Array.isArray(value)) return this.list(value, value.length, depth)
    if (ArrayBuffer.isView(value)) return `[${nameOf(value)} of ${value.byteLength} bytes]`
    if (value instanceof Set) return { set: this.list(value, value.size, depth) }
    if (value instanceof Map) return this.map(value, depth)
    if (typeof (value as { then?: unknown }).then === 'function') return '[promise]'
    if (isActor(value)) return `[actor ${value.id}]`
    const { toJSON } = value as { readonly toJSON?: unknown }
    if (typeof toJSON === 'function') return this.view(toJSON.call(value), depth)
    return this.fields(value, depth)
  }

  private fields(value: object, depth: number): unknown {
    const out: Record<string, unknown> = {}
    const name = nameOf(value)
    if (!PLAIN.has(Object.getPrototypeOf(value))) out['[class]'] = name
    let taken = 0
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      if (property.enumerable !== true) continue
      if (taken++ >= this.entries * 4) {
        this.leftOut += 1
        continue
      }
      out[key] = this.field(key, property, depth)
    }
    return out
  }

  private field(key: string, property: PropertyDescriptor, depth: number): unknown {
    if (this.secret(key)) return '[redacted]'
    return 'value' in property ? this.view(property.value, depth) : '[getter]'
  }

  private map(map: ReadonlyMap<unknown, unknown>, depth: number): unknown {
    const out: Record<string, unknown> = {}
    let taken = 0
    for (const [key, value] of map) {
      if (taken++ >= this.entries) {
        this.leftOut += map.size - this.entries
        out['[more]'] = `${map.size - this.entries} entries`
        break
      }
      const name = typeof key === 'object' && key !== null ? `[${nameOf(key)} ${taken}]` : String(key)
      out[name] = this.secret(name) ? '[redacted]' : this.view(value, depth)
    }
    return { map: out }
  }

  private list(values: Iterable<unknown>, size: number, depth: number): unknown[] {
    const out: unknown[] = []
    for (const value of values) {
      if (out.length >= this.entries) {
        this.leftOut += size - this.entries
        out.push(`[${size - this.entries} more]`)
        break
      }
      out.push(this.view(value, depth))
    }
    return out
  }

  private secret(key: string): boolean {
    return this.redact.some((pattern) => pattern.test(key))
  }

  private omit(word: string): string {
    this.leftOut += 1
    return word
  }
}

const nameOf = (value: object): string => {
  const prototype: unknown = Object.getPrototypeOf(value)
  const name = (prototype as { readonly constructor?: { readonly name?: unknown } } | null)?.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'object'
}

const isActor = (value: object): value is { readonly id: string } =>
  'getSnapshot' in value && 'send' in value && 'id' in value && typeof value.id === 'string'
