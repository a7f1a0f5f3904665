import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { MessageView, Traffic } from '../../../engine/door.ts';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { Icon } from '../../shared/icons.tsx';
import panel from '../../shared/Panel.module.css';
import { clockText } from '../../shared/time.ts';
import { componentOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useView } from '../../store/selectors.ts';
import { selectMessage } from '../../store/view.ts';
import { useSlowMirror } from '../inspector/use-slow.ts';
import { EVERYTHING, type Filter, filtered, visibleRows } from './filter.ts';
import styles from './Messages.module.css';
import { TEXT } from './messages.ts';

const COMPONENTS = [
  'kubectl',
  'apiserver',
  'etcd',
  'scheduler',
  'controller-manager',
  'kubelet',
  'containerd',
  'cni',
  'kube-proxy',
];
const KINDS = Object.keys(TEXT.kinds) as readonly Traffic[];

/** The list of messages, newest last. */
export function Messages() {
  const messages = useSlowMirror('messages', () => mirror.messages);
  const [filter, setFilter] = useState<Filter>(EVERYTHING);
  const shown = useMemo(() => filtered(messages, filter), [messages, filter]);
  const set = (part: Partial<Filter>): void => setFilter((old) => ({ ...old, ...part }));
  return (
    <div className={panel.panel}>
      <form className={panel.filters} onSubmit={(event) => event.preventDefault()}>
        <select
          aria-label={TEXT.component}
          value={filter.component}
          onChange={(event) => set({ component: event.target.value })}
        >
          <option value="">{TEXT.all}</option>
          {COMPONENTS.map((component) => (
            <option key={component} value={component}>
              {componentName(component)}
            </option>
          ))}
        </select>
        <select
          aria-label={TEXT.kind}
          value={filter.traffic}
          onChange={(event) => set({ traffic: event.target.value as Filter['traffic'] })}
        >
          <option value="">{TEXT.allKinds}</option>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {TEXT.kinds[kind]}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label={TEXT.find}
          placeholder={TEXT.findHint}
          value={filter.text}
          onChange={(event) => set({ text: event.target.value })}
        />
        <span className={styles.count}>{TEXT.count(shown.length, messages.length)}</span>
      </form>
      {shown.length === 0 ? (
        <p className={panel.none}>{messages.length === 0 ? TEXT.none : TEXT.noMatch}</p>
      ) : (
        <Rows messages={shown} />
      )}
    </div>
  );
}

const ROW_HEIGHT = 24;

function Rows({ messages }: { readonly messages: readonly MessageView[] }) {
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [scroll, setScroll] = useState({ top: 0, height: 240 });
  const follows = useRef(true);
  const selected = useView((state) => (state.selection?.type === 'message' ? state.selection.id : undefined));
  const [first, last] = visibleRows(messages.length, scroll.top, scroll.height, ROW_HEIGHT);
  const measure = (): void => {
    const box = list.current;
    if (box !== null) setScroll({ top: box.scrollTop, height: box.clientHeight });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a list that grew is what is followed.
  useEffect(() => {
    const box = list.current;
    if (box === null) return;
    if (follows.current) box.scrollTop = box.scrollHeight;
    measure();
  }, [messages]);
  const onScroll = (): void => {
    const box = list.current;
    if (box === null) return;
    follows.current = box.scrollTop + box.clientHeight >= box.scrollHeight - ROW_HEIGHT;
    measure();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = messages.findIndex((message) => message.id === selected);
    const to = {
      ArrowDown: at < 0 ? messages.length - 1 : at + 1,
      ArrowUp: at < 0 ? messages.length - 1 : at - 1,
      Home: 0,
      End: messages.length - 1,
    }[event.key];
    const next = to === undefined ? undefined : messages[to];
    if (next === undefined || to === undefined || list.current === null) return;
    event.preventDefault();
    event.stopPropagation();
    selectMessage(next.id);
    const box = list.current;
    const top = to * ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
  };
  return (
    <div
      ref={list}
      role="listbox"
      tabIndex={0}
      aria-label={TEXT.help}
      aria-activedescendant={selected === undefined ? undefined : `${id}-${selected}`}
      className={styles.list}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: messages.length * ROW_HEIGHT }} className={styles.all}>
        {messages.slice(first, last).map((message, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys.
          <div
            key={message.id}
            id={`${id}-${message.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={message.id === selected}
            aria-posinset={first + i + 1}
            aria-setsize={messages.length}
            className={styles.row}
            style={{ top: (first + i) * ROW_HEIGHT, height: ROW_HEIGHT }}
            onClick={() => selectMessage(message.id)}
          >
            <span className={styles.time}>{clockText(message.dueAt).slice(2)}</span>
            <span className={styles.end}>
              <End address={message.from} actor={message.actor} />
            </span>
            <span className={styles.end}>
              <span aria-hidden="true">→</span>
              <End address={message.to} />
            </span>
            <span className={message.failed === true ? `${styles.label} ${styles.failed}` : styles.label}>
              {message.failed === true && <Icon name="cross" size={12} />}
              {message.label}
              {message.failed === true && <span className="visually-hidden"> ({TEXT.failed})</span>}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}

/** Who, and where it runs if there is room for that. */
function End({ address, actor }: { readonly address: string; readonly actor?: string }) {
  const component = componentOf(address);
  return (
    <>
      <Hue component={component} />
      <span className={styles.who}>
        {actor ?? component}
        {actor === undefined && <span className={styles.host}>{address.slice(component.length)}</span>}
      </span>
    </>
  );
}
