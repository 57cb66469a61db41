import { useWorld } from '../store.js'
import { Actors } from './actors.js'
import { Charts } from './charts.js'
import { Facts, Health } from './health.js'
import { Ledger } from './ledger.js'
import { Tree } from './tree.js'

export function OverviewView() {
  const world = useWorld()
  if (world === undefined) return null
  const { overview } = world
  return (
    <div class="overview">
      <Charts series={world.series} overview={overview} />
      <Tree world={world} />
      <Actors world={world} />
      <div class="side">
        <Health overview={overview} clock={world.clock} />
        <Ledger ledger={overview.ledger} />
        <Facts facts={world.facts} last={world.facts.length + world.sequence} />
      </div>
    </div>
  )
}
