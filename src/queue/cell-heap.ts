/**
 * The parked cells of one lane by the position of their oldest event, oldest first: an indexed
 * binary heap. Two heaps share `keys` and `places`, since a parked cell is in exactly one of them.
 */
export class CellHeap {
  count = 0
  readonly #cells: Int32Array
  readonly #keys: Int32Array
  readonly #places: Int32Array

  /**
   * @param keys by cell: the 32-bit wrapping position of its oldest event
   * @param places by cell: its index in whichever heap holds it
   */
  constructor(keys: Int32Array, places: Int32Array) {
    this.#cells = new Int32Array(keys.length)
    this.#keys = keys
    this.#places = places
  }

  /** The cell with the oldest event, or -1. */
  top(): number {
    return this.count === 0 ? -1 : (this.#cells[0] ?? -1)
  }

  add(cell: number): void {
    this.#rise(this.count++, cell)
  }

  remove(cell: number): void {
    const place = this.#places[cell] ?? 0
    this.count -= 1
    const last = this.#cells[this.count] ?? 0
    if (last === cell) return
    this.#rise(place, last)
    this.#sink(this.#places[last] ?? 0, last)
  }

  /** To be called when a cell's key has grown: its oldest event is gone and a younger one is in front. */
  grown(cell: number): void {
    this.#sink(this.#places[cell] ?? 0, cell)
  }

  #before(a: number, b: number): boolean {
    return (((this.#keys[a] ?? 0) - (this.#keys[b] ?? 0)) | 0) < 0
  }

  #put(place: number, cell: number): void {
    this.#cells[place] = cell
    this.#places[cell] = place
  }

  #rise(from: number, cell: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.#cells[above] ?? 0
      if (!this.#before(cell, other)) break
      this.#put(place, other)
      place = above
    }
    this.#put(place, cell)
  }

  #sink(from: number, cell: number): void {
    let place = from
    for (;;) {
      let below = place * 2 + 1
      if (below >= this.count) break
      let other = this.#cells[below] ?? 0
      if (below + 1 < this.count) {
        const right = this.#cells[below + 1] ?? 0
        if (this.#before(right, other)) {
          below += 1
          other = right
        }
      }
      if (!this.#before(other, cell)) break
      this.#put(place, other)
      place = below
    }
    this.#put(place, cell)
  }
}
