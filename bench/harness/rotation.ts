/**
 * Measures each kind once a round, for so many rounds and one more at the beginning, which pays for the compiler
 * and is left out. Who goes first has the worse end of the garbage collector's bargain, so that goes around; and
 * what the machine does meanwhile falls on all alike. Resolves to the figures of each kind, in the order of rounds.
 */
export const rotate = async <K extends string>(
  kinds: Readonly<Record<K, () => Promise<number>>>,
  rounds: number,
): Promise<Record<K, readonly number[]>> => {
  const names = Object.keys(kinds) as K[]
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length] as K
      const figure = await kinds[name]()
      if (round > 0) taken[name].push(figure)
    }
  }
  return taken
}

/** What one kind took of what another took in the same round, round by round. */
export const ratios = (of: readonly number[], to: readonly number[]): number[] =>
  of.map((figure, round) => figure / (to[round] ?? Number.NaN))
