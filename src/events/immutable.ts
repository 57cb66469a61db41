type Leaf = string | number | bigint | boolean | symbol | null | undefined | Date | ((...args: never[]) => unknown)

/**
 * A payload as handlers see it: every field read-only, all the way down. Immutability is a type and
 * not `Object.freeze`, as one event goes to many strategies and freezing costs more than publishing.
 */
export type Immutable<T> = unknown extends T
  ? T
  : T extends Leaf
    ? T
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<Immutable<K>, Immutable<V>>
      : T extends ReadonlySet<infer V>
        ? ReadonlySet<Immutable<V>>
        : { readonly [K in keyof T]: Immutable<T[K]> }
