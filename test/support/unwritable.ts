/** What neither JSON nor structured clone can carry, made anew each time. */
export const unwritable: Readonly<Record<string, () => unknown>> = {
  'a function': () => () => {},
  'a promise': () => Promise.resolve(),
  'a getter that throws': () => ({
    get x() {
      throw new Error('not for you')
    },
  }),
}
