import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { select, selected, show } from '../route.js'
import { actorAt, parentOf, tick } from '../store.js'
import { type Tone, toneOf } from '../tone.js'
import { Panel } from '../widgets/panel.js'
import type { Actor, World } from '../world/world.js'

interface Branch {
  readonly actor: Actor
  readonly level: number
  readonly open: boolean
  /** Children that are shown, if it is open. */
  readonly children: number
}

/** Opened or closed by hand; the rest follows the rule of {@link isOpen}. */
const byHand = signal<ReadonlyMap<string, boolean>>(new Map())

/** A parent with more children than this begins closed, so that a thousand strategies do not hide the engine. */
const MANY = 12

const isOpen = (actor: Actor): boolean =>
  byHand.value.get(actor.row.path) ?? (actor.children.length <= MANY && actor.row.kind !== 'group')

function toggle(actor: Actor, open = !isOpen(actor)): void {
  byHand.value = new Map(byHand.value).set(actor.row.path, open)
}

function openAbove(path: string | undefined): void {
  const actor = path === undefined ? undefined : actorAt(path)
  for (let above = parentOf(actor); above !== undefined; above = parentOf(above)) {
    if (!isOpen(above)) toggle(above, true)
  }
}

function branchesOf(world: World): readonly Branch[] {
  const branches: Branch[] = []
  const visit = (number: number, level: number): void => {
    const actor = world.actors.get(number)
    if (actor === undefined) return
    // Helpers that are no statecharts have nothing to show, and would give every breaker a branch.
    if (actor.row.machine === undefined) return
    const open = isOpen(actor)
    const children = actor.children.filter((child) => world.actors.get(child)?.row.machine !== undefined).length
    branches.push({ actor, level, open, children })
    if (open) for (const child of actor.children) visit(child, level + 1)
  }
  for (const root of world.roots) visit(root, 1)
  return branches
}

const WORSE: readonly Tone[] = ['quiet', 'ok', 'warn', 'bad']
const worse = (left: Tone, right: Tone): Tone => (WORSE.indexOf(left) >= WORSE.indexOf(right) ? left : right)

/** The worst of an actor and all below it, so that trouble in a closed branch is seen from outside. */
function worstOf(world: World, actor: Actor): Tone {
  let worst = toneOf(actor)
  for (const child of actor.children) {
    if (worst === 'bad') break
    const one = world.actors.get(child)
    if (one !== undefined) worst = worse(worst, worstOf(world, one))
  }
  return worst
}

export function Tree({ world }: { readonly world: World }) {
  tick.value
  const opened = byHand.value
  // The tree changes in place; its shape's number tells when.
  const branches = useMemo(() => branchesOf(world), [world, world.shape, opened])
  const list = useRef<HTMLDivElement>(null)
  const path = selected.value
  // What is chosen elsewhere is shown here too, whichever branches are closed.
  useEffect(() => openAbove(path), [path])
  const at = branches.findIndex(({ actor }) => actor.row.path === path)

  // It follows the choice, and not what comes and goes.
  useEffect(
    () => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }),
    [path, opened],
  )

  const go = (index: number): void => {
    const branch = branches[Math.min(branches.length - 1, Math.max(0, index))]
    if (branch !== undefined) select(branch.actor.row.path)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const here = branches[at]
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(branches.length - 1),
      Enter: () => show('statechart'),
      ArrowRight: () => {
        if (here === undefined) return
        if (here.open) go(at + 1)
        else toggle(here.actor, true)
      },
      ArrowLeft: () => {
        if (here === undefined) return
        if (here.open && here.children > 0) toggle(here.actor, false)
        else go(branches.findIndex(({ actor }) => actor.row.actor === here.actor.row.parent))
      },
    }
    const action = keys[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }

  return (
    <Panel title="Supervision" class="tree" flush aside={<span class="note">{world.actors.size}</span>}>
      {/* A tree owns its active item by this property. */}
      <div
        class="tree-list"
        ref={list}
        role="tree"
        aria-label="Supervision tree"
        tabIndex={0}
        aria-activedescendant={at >= 0 ? `branch-${branches[at]?.actor.row.actor}` : undefined}
        onKeyDown={onKeyDown}
      >
        {branches.map(({ actor, level, open, children }) => {
          const { row } = actor
          const tone = open ? toneOf(actor) : worstOf(world, actor)
          return (
            // biome-ignore lint/a11y: the tree has the focus, names its active item and handles the keys of all.
            <div
              key={row.actor}
              id={`branch-${row.actor}`}
              role="treeitem"
              class={`branch ${tone}`}
              aria-level={level}
              aria-selected={row.path === selected.value}
              aria-expanded={children === 0 ? undefined : open}
              style={{ '--level': level - 1 }}
              onClick={() => select(row.path)}
              onDblClick={() => show('statechart')}
            >
              {children > 0 ? (
                <button
                  type="button"
                  class="twist"
                  tabIndex={-1}
                  aria-label={open ? `Close ${row.name}` : `Open ${row.name}`}
                  onClick={(event) => {
                    event.stopPropagation()
                    toggle(actor)
                  }}
                >
                  {open ? '▾' : '▸'}
                </button>
              ) : (
                <i class="twist" />
              )}
              <i class="dot" />
              <span class="branch-name">{row.name}</span>
              {children > 0 && !open && <small>{children}</small>}
            </div>
          )
        })}
      </div>
    </Panel>
  )
}
