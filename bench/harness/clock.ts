/** Milliseconds of the machine's clock, from an arbitrary start. A benchmark is the one place that may ask it. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** Milliseconds of processor time that this process has used, in user and kernel mode. */
export const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
