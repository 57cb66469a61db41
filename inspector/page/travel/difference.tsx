import type { Comparison } from '../../protocol.js'
import { Panel } from '../widgets/panel.js'

const MOST_FIELDS = 12

function fieldOf(entry: unknown, path: string): string {
  let value: unknown = entry
  for (const key of path.split('.')) value = Object(value)[key]
  if (value === undefined) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The fields in which two runs part, side by side. */
export function Difference({ comparison }: { readonly comparison: Comparison }) {
  const { divergence } = comparison
  if (divergence === undefined) return null
  const { fields, first, second } = divergence
  return (
    <Panel title={`Difference at ${divergence.entry}`} class="difference">
      {first === undefined || second === undefined ? (
        <p class="note">{first === undefined ? 'The first run has ended there.' : 'The second run has ended there.'}</p>
      ) : (
        <table>
          <tbody>
            {fields.slice(0, MOST_FIELDS).map((field) => (
              <tr key={field}>
                <th scope="row">{field}</th>
                <td>{fieldOf(first, field)}</td>
                <td>{fieldOf(second, field)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
