import { useEffect, useState } from 'preact/hooks'
import { Tree } from '../overview/tree.js'
import { select, selected } from '../route.js'
import { actorAt, useWorld } from '../store.js'
import { Empty, Panel } from '../widgets/panel.js'
import type { Actor, World } from '../world/world.js'
import { ChartCanvas } from './canvas.js'
import type { ChartSituation } from './chart.js'
import { ActorPanel, BreakerPanel, ContextPanel, Steps } from './detail.js'
import { useDetail } from './selected.js'

export function StatechartView() {
  const world = useWorld()
  const path = selected.value
  if (world === undefined) return null
  const actor = path === undefined ? world.actors.get(world.roots[0] ?? -1) : actorAt(path)
  return (
    <div class="statechart">
      <Tree world={world} />
      <Choose world={world} path={actor?.row.path ?? path} />
      {actor === undefined ? (
        <Panel title="Statechart">
          <Empty>There is no actor “{path}” any more. Choose another one.</Empty>
        </Panel>
      ) : (
        <OneActor world={world} actor={actor} />
      )}
    </div>
  )
}

/** Where the page is narrow this stands for the tree. */
function Choose({ world, path }: { readonly world: World; readonly path: string | undefined }) {
  const actors = [...world.actors.values()].filter(({ row }) => row.machine !== undefined)
  return (
    <select class="choose" aria-label="Actor" value={path} onChange={(event) => select(event.currentTarget.value)}>
      {actors.map(({ row }) => (
        <option key={row.actor} value={row.path}>
          {row.path.replace(/^engine\//, '')}
        </option>
      ))}
    </select>
  )
}

function OneActor({ world, actor }: { readonly world: World; readonly actor: Actor }) {
  const { row } = actor
  const detail = useDetail(row.actor)
  const [chosen, setChosen] = useState<number>()
  // Another actor has other steps.
  useEffect(() => setChosen(undefined), [row.actor])
  const machine = row.machine === undefined ? undefined : world.machines.get(row.machine)
  const step = detail?.steps.find((one) => one.step === chosen)
  const last = detail?.steps.at(-1)
  const situation: ChartSituation =
    step !== undefined
      ? { state: step.state, taken: step.edges, moment: step.step }
      : {
          state: actor.state,
          taken: actor.edge === undefined ? (last?.edges ?? []) : [actor.edge],
          moment: actor.movedIn,
        }
  return (
    <>
      <Panel
        title={row.path}
        class={step === undefined ? 'chart-panel' : 'chart-panel past'}
        flush
        aside={
          <span class="note">
            {step === undefined ? (actor.event ?? last?.event ?? '') : `as of step ${step.step}: ${step.event}`}
          </span>
        }
      >
        {machine === undefined ? (
          <Empty>This actor is no statechart but a callback or a promise.</Empty>
        ) : (
          <ChartCanvas
            machine={machine}
            situation={{ ...situation, visits: detail?.visits, dwellMs: detail?.dwellMs }}
            name={row.name}
          />
        )}
      </Panel>
      <div class="side">
        <ActorPanel actor={actor} detail={detail} at={world.at} />
        {detail?.breaker !== undefined && <BreakerPanel breaker={detail.breaker} />}
        <Steps steps={detail?.steps ?? []} machine={machine} chosen={chosen} choose={setChosen} />
        <ContextPanel detail={detail} />
      </div>
    </>
  )
}
