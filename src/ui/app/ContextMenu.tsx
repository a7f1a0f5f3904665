import { useLayoutEffect, useRef } from 'react';
import { TEXT as FAULTS } from '../faults/messages.ts';
import { isBetween } from '../faults/sides.ts';
import { type MenuItem, MenuList } from '../shared/Menu.tsx';
import { useOutside } from '../shared/use-outside.ts';
import { attempt } from '../store/cluster.ts';
import { mirror } from '../store/mirror.ts';
import { useView } from '../store/selectors.ts';
import {
  type Link,
  type ContextMenu as Menu,
  openBreak,
  type Selection,
  select,
  selectionId,
  view,
} from '../store/view.ts';
import { actsFor } from './acts.ts';
import styles from './ContextMenu.module.css';
import { TEXT } from './messages.ts';
import { sideNamed } from './thing-acts.ts';

/** Room to the edge of the screen. */
const EDGE = 6;

/** What can be done with the thing under the pointer; opened with `view.setState({ contextMenu })`. */
export function ContextMenu() {
  const menu = useView((state) => state.contextMenu);
  const root = useRef<HTMLDivElement>(null);
  useOutside(root, menu !== null, () => view.setState({ contextMenu: null }));
  // Where it was asked for, but never over an edge of the screen.
  useLayoutEffect(() => {
    const element = root.current;
    if (element === null || menu === null) return;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(EDGE, Math.min(menu.x, innerWidth - width - EDGE))}px`;
    element.style.top = `${Math.max(EDGE, Math.min(menu.y, innerHeight - height - EDGE))}px`;
  }, [menu]);
  if (menu === null) return null;
  const { target, link } = menu;
  const items = target === null ? itemsOfLink(link ?? NOWHERE) : itemsOf(target, menu);
  return (
    <div ref={root} className={styles.menu}>
      <MenuList
        key={target === null ? `${link?.from} ${link?.to}` : selectionId(target)}
        label={TEXT.whatToDo}
        items={items}
        onDone={() => view.setState({ contextMenu: null })}
      />
    </div>
  );
}

const NOWHERE: Link = { from: [], to: [] };

function itemsOf(target: Selection, { onlyFaults = false, lines = [], x, y }: Menu): MenuItem[] {
  const show = { id: 'select', label: TEXT.showDetails, run: () => select(target) };
  const acts = actsFor(target, onlyFaults ? 'fault' : undefined).map((act) => ({
    id: act.id,
    label: act.label,
    hint: act.keys?.[0],
    danger: act.group === 'fault',
    run: () => act.run(target),
  }));
  const ofLines = lines.map(({ name, link }) => ({
    id: `line ${name}`,
    label: FAULTS.lineTo(name),
    run: () => view.setState({ contextMenu: { target: null, link, x, y } }),
  }));
  return [show, ...acts.slice(0, -1), ...cutFromSelected(target), ...ofLines, ...acts.slice(-1)];
}

/** With one thing selected and the menu of another open, the line between them can be cut. */
function cutFromSelected(target: Selection): MenuItem[] {
  const { selection } = view.getState();
  const [one, other] = [sideNamed(target), sideNamed(selection)];
  if (
    one === undefined ||
    other === undefined ||
    one === other ||
    one.endsWith(`@${other}`) ||
    other.endsWith(`@${one}`)
  )
    return [];
  const run = (): void => inject('partition', { from: [one], to: [other] });
  return [{ id: 'cut-from', label: FAULTS.cutFrom(other), danger: true, run }];
}

function itemsOfLink(link: Link): MenuItem[] {
  const broken = mirror.faults.filter((fault) => isBetween(fault, link));
  return [
    ...broken.map(({ id, sentence }) => ({
      id,
      label: FAULTS.healOf(sentence),
      run: () => void attempt({ act: 'heal', id }),
    })),
    { id: 'cut', label: FAULTS.cut, danger: true, run: () => inject('partition', link) },
    { id: 'slow', label: FAULTS.slow, danger: true, run: () => inject('link-latency', link) },
    { id: 'lose', label: FAULTS.lose, danger: true, run: () => inject('message-drop', link) },
    { id: 'more', label: FAULTS.more, danger: true, run: () => openBreak(link) },
  ];
}

function inject(kind: string, { from, to }: Link): void {
  void attempt({ act: 'inject', fault: { kind, target: from, to } });
}
