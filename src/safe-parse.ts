/** That a value cannot be read, in the form in which a schema says what is wrong with one that can. */
export interface Unreadable {
  readonly success: false
  readonly error: {
    readonly issues: readonly { readonly code: 'custom'; readonly path: PropertyKey[]; readonly message: string }[]
  }
}

/** Values that are looked at for the one that cannot be read. */
const MOST_LOOKS = 10_000
const DEEPEST = 6

/** Where in a value its reading throws: the path of the first such place; undefined if none is found within the bounds. */
function unreadableAt(root: unknown): PropertyKey[] | undefined {
  let looks = 0
  const look = (value: unknown, depth: number): PropertyKey[] | undefined => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
    looks += 1
    let keys: readonly PropertyKey[]
    try {
      keys = Reflect.ownKeys(value)
    } catch {
      return []
    }
    // What a function has of its own, such as a definition, is not part of what is read.
    if (depth === DEEPEST || typeof value === 'function') return undefined
    for (const key of keys) {
      if (looks > MOST_LOOKS) return undefined
      let inner: unknown
      try {
        inner = Reflect.get(value, key)
      } catch {
        return [key]
      }
      const found = look(inner, depth + 1)
      if (found !== undefined) return [key, ...found]
    }
    return undefined
  }
  return look(root, 0)
}

/**
 * As `schema.safeParse`, which throws at a value that throws while it is read, such as a proxy that was
 * revoked or a getter of its own: here that is an issue like any other, with the path of the value.
 */
export function safeParse<R>(schema: { safeParse(value: unknown): R }, value: unknown): R | Unreadable {
  try {
    return schema.safeParse(value)
  } catch (thrown) {
    const path = unreadableAt(value) ?? []
    const why = thrown instanceof Error ? thrown.message : 'reading it throws'
    const message = `it cannot be read: ${why}`
    return { success: false, error: { issues: [{ code: 'custom', path, message }] } }
  }
}

/** What stands at a path of a value from outside; undefined where nothing does, or where it cannot be read. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of path) {
    if ((typeof at !== 'object' && typeof at !== 'function') || at === null) return undefined
    try {
      at = (at as Record<PropertyKey, unknown>)[key]
    } catch {
      return undefined
    }
  }
  return at
}

/** Whether an object from outside has these methods; one that cannot be read has none. */
export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof Reflect.get(value, name) === 'function')
    )
  } catch {
    return false
  }
}
