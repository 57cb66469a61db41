const KEY = 'outcry-token'

/**
 * The run's token, from the address that the engine printed. It is taken out of the address at once,
 * so that neither history nor a screenshot shows it, and kept for this tab's reloads.
 */
export function takeToken(): string {
  const address = new URL(location.href)
  const given = address.searchParams.get('token')
  if (given === null) return sessionStorage.getItem(KEY) ?? ''
  sessionStorage.setItem(KEY, given)
  address.searchParams.delete('token')
  history.replaceState(history.state, '', address)
  return given
}
