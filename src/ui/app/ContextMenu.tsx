import { useEffect, useRef } from 'react';
import { type MenuItem, MenuList } from '../shared/Menu.tsx';
import { useView } from '../store/selectors.ts';
import { view } from '../store/view.ts';
import { actsFor } from './acts.ts';
import styles from './ContextMenu.module.css';

/** What can be done with the thing under the pointer; opened with `view.setState({ contextMenu })`. */
export function ContextMenu() {
  const menu = useView((state) => state.contextMenu);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (menu === null) return;
    const onPointerDown = (event: PointerEvent): void => {
      if (!root.current?.contains(event.target as Node)) view.setState({ contextMenu: null });
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [menu]);
  if (menu === null) return null;
  const { target, x, y } = menu;
  const items: MenuItem[] = [
    { id: 'select', label: 'Show details', run: () => view.setState({ selection: target, contextMenu: null }) },
    ...actsFor(target).map((act) => ({
      id: act.id,
      label: act.label,
      hint: act.keys?.[0],
      danger: act.group === 'fault',
      run: () => act.run(target),
    })),
  ];
  return (
    <div
      ref={root}
      className={styles.menu}
      style={{ left: `min(${x}px, 100vw - 14rem)`, top: `min(${y}px, 100vh - 18rem)` }}
    >
      <MenuList label="What to do with it" items={items} onDone={() => view.setState({ contextMenu: null })} />
    </div>
  );
}
