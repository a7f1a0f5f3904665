import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from './icons.tsx';
import styles from './Menu.module.css';
import { useOutside } from './use-outside.ts';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  /** Set: one of a group, of which one is chosen. */
  readonly checked?: boolean;
  readonly hint?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  run(): void;
}

/** The list itself, where it is put; used by `MenuButton` and by context menus. */
export function MenuList({
  label,
  items,
  onDone,
}: {
  readonly label: string;
  readonly items: readonly MenuItem[];
  onDone(): void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const menu = list.current;
    const chosen = list.current?.querySelector<HTMLElement>('[aria-checked="true"]');
    (chosen ?? list.current?.querySelector<HTMLElement>('button'))?.focus();
    // Undone while the list is still on the page: the keyboard goes back to where it was.
    return () => {
      if (menu?.contains(document.activeElement) && before instanceof HTMLElement)
        before.focus({ preventScroll: true });
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('button:enabled') ?? [])];
    const current = buttons.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      buttons[(next + buttons.length) % buttons.length]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      onDone();
    }
  };
  return (
    <div role="menu" aria-label={label} className={styles.list} ref={list} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.id}
          type="button"
          {...(item.checked === undefined
            ? { role: 'menuitem' }
            : { role: 'menuitemradio', 'aria-checked': item.checked })}
          disabled={item.disabled}
          tabIndex={-1}
          className={item.danger ? `${styles.item} ${styles.danger}` : styles.item}
          onClick={() => {
            onDone();
            item.run();
          }}
        >
          {item.checked !== undefined && (
            <span className={styles.tick}>{item.checked && <Icon name="check" size={14} />}</span>
          )}
          <span className={styles.label}>{item.label}</span>
          {item.hint !== undefined && <span className={styles.hint}>{item.hint}</span>}
        </button>
      ))}
    </div>
  );
}

interface MenuButtonProps {
  readonly label: string;
  readonly items: () => readonly MenuItem[];
  readonly children: ReactNode;
  readonly className?: string;
  readonly align?: 'start' | 'end';
  /** Opens above the button, where there is no room below. */
  readonly up?: boolean;
}

/** A button that opens a menu below itself. */
export function MenuButton({ label, items, children, className, align = 'start', up }: MenuButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (isOpen) keepInside(popup.current);
  }, [isOpen]);
  useOutside(root, isOpen, () => setOpen(false));
  return (
    <div className={styles.root} ref={root}>
      <button
        type="button"
        className={className ?? styles.button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
      </button>
      {isOpen && (
        <div
          id={id}
          ref={popup}
          className={[styles.popup, align === 'end' && styles.end, up && styles.up].filter(Boolean).join(' ')}
        >
          <MenuList
            label={label}
            items={items()}
            onDone={() => {
              setOpen(false);
              root.current?.querySelector('button')?.focus();
            }}
          />
        </div>
      )}
    </div>
  );
}

const MARGIN_PX = 8;

/** Moves what would stick out of the window to the side until it does not. */
function keepInside(popup: HTMLElement | null): void {
  if (popup === null) return;
  const { left, right } = popup.getBoundingClientRect();
  const over = Math.max(0, right + MARGIN_PX - document.documentElement.clientWidth);
  const by = Math.max(MARGIN_PX - left, -over);
  if (by !== 0) popup.style.transform = `translateX(${by}px)`;
}
