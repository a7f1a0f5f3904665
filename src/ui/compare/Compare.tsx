import { useEffect, useMemo, useRef, useState } from 'react';
import type { Difference } from '../../worker/protocol.ts';
import { Diagram } from '../diagram/Diagram.tsx';
import { spokenSide } from '../faults/sides.ts';
import { Button } from '../shared/Button.tsx';
import { type Tab, Tabs } from '../shared/Tabs.tsx';
import { PHONE, useMedia } from '../shared/use-media.ts';
import { cluster } from '../store/cluster.ts';
import { comparison, endComparison, listenToOther, stopListening } from '../store/comparison.ts';
import { mirror } from '../store/mirror.ts';
import { playback } from '../store/playback.ts';
import { preferences } from '../store/preferences.ts';
import { useComparison, usePast } from '../store/selectors.ts';
import { selectObject } from '../store/view.ts';
import styles from './Compare.module.css';
import { TEXT } from './messages.ts';
import { type FromOther, markStyle, type ToOther } from './port.ts';

type Side = 'here' | 'there';

const SIDES: readonly Tab<Side>[] = [
  { id: 'here', label: TEXT.here },
  { id: 'there', label: TEXT.there },
];

/** Two clusters on one clock, side by side (on a phone one behind the other), and what differs between them. */
export function Compare() {
  const title = useComparison((state) => state.title);
  const list = useComparison((state) => state.list);
  const name = usePast(({ view }) => view?.branches.find(({ id }) => id === view.current)?.name ?? 'main');
  const css = useMemo(() => markStyle(list.flatMap(partsOf)), [list]);
  const isPhone = useMedia(PHONE);
  const [side, setSide] = useState<Side>('here');
  const stop = (): void => {
    cluster().compare(null);
    endComparison();
  };
  const close = <Button small look="plain" icon="close" label={TEXT.stop} onClick={stop} />;
  const panes = (
    <div className={styles.panes} data-side={isPhone ? side : undefined}>
      <div className={styles.pane}>
        <h2 className={styles.title}>{TEXT.shown(name)}</h2>
        <div className={styles.stage}>
          <Diagram />
        </div>
      </div>
      <div className={styles.pane}>
        <h2 className={styles.title}>
          {TEXT.other(title)}
          {!isPhone && close}
        </h2>
        <OtherFrame title={title} css={css} />
      </div>
    </div>
  );
  return (
    <section className={styles.compare} aria-label={TEXT.label}>
      <style>{css}</style>
      {isPhone ? (
        <div className={styles.tabs}>
          <Tabs label={TEXT.sides} tabs={SIDES} selected={side} onSelect={(id) => setSide(id)} extra={close}>
            {panes}
          </Tabs>
        </div>
      ) : (
        panes
      )}
      <Differences />
    </section>
  );
}

function OtherFrame({ title, css }: { readonly title: string; readonly css: string }) {
  const element = useRef<HTMLIFrameElement>(null);
  const look = useRef(css);
  look.current = css;
  useEffect(() => {
    const send = (message: ToOther): void => element.current?.contentWindow?.postMessage(message, location.origin);
    const sendLook = (): void => send({ type: 'look', css: look.current, theme: preferences.getState().theme });
    const onMessage = ({ origin, source, data }: MessageEvent<FromOther>): void => {
      if (origin !== location.origin || source !== element.current?.contentWindow || data.type !== 'ready') return;
      sendLook();
      const tell: Parameters<typeof listenToOther>[0] = (frame, epoch) => {
        const { playing, speed, rate } = playback.getState();
        send({ type: 'frame', frame, epoch, playback: { playing, speed, rate } });
      };
      if (!listenToOther(tell)) cluster().compare(comparison.getState().what);
    };
    addEventListener('message', onMessage);
    const stops = [comparison.subscribe(sendLook), preferences.subscribe(sendLook)];
    return () => {
      removeEventListener('message', onMessage);
      stopListening();
      for (const stop of stops) stop();
    };
  }, []);
  return <iframe ref={element} className={styles.stage} title={TEXT.diagramOf(title)} src="./compare.html" />;
}

function Differences() {
  const { at, list, more, catchingUp, error } = useComparison((state) => state);
  const said =
    error !== undefined
      ? TEXT.failed(error)
      : catchingUp !== undefined
        ? TEXT.catchingUp(Math.floor(catchingUp * 100))
        : at === undefined
          ? TEXT.waiting
          : TEXT.differences(list.length + more);
  return (
    <div className={styles.differences}>
      <h3 className={styles.count}>
        <span role="status">{said}</span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <ul className={styles.list} tabIndex={0} aria-label={said}>
        {list.map((difference) => (
          <li key={`${difference.kind} ${difference.key}`} className={styles.row}>
            <Name difference={difference} />
            <Fields difference={difference} />
          </li>
        ))}
        {more > 0 && <li className={styles.row}>{TEXT.more(more)}</li>}
      </ul>
    </div>
  );
}

function Name({ difference: { kind, key } }: { readonly difference: Difference }) {
  const text =
    kind === 'object' ? key.replace('/', ' ').replace(/ \//, ' ') : kind === 'component' ? spokenSide([key]) : key;
  if (kind !== 'object' || mirror.object(key) === undefined) return <b className={styles.name}>{text}</b>;
  return (
    <button type="button" className={styles.name} onClick={() => selectObject(key)}>
      {text}
    </button>
  );
}

function Fields({ difference: { what, fields } }: { readonly difference: Difference }) {
  if (what === 'here') return <span>{TEXT.onlyHere}</span>;
  if (what === 'there') return <span>{TEXT.onlyThere}</span>;
  return (
    <span className={styles.fields}>
      {fields.map(([path, here, there]) => (
        <code key={path}>
          {path}: {here} │ {there}
        </code>
      ))}
    </span>
  );
}

/** Which parts of a diagram stand for what differs. */
function partsOf({ kind, key }: Difference): readonly string[] {
  if (kind === 'machine') return [`node/${key}`];
  if (kind === 'object' && key.startsWith('Node//')) return [`node/${key.slice(6)}`];
  return kind === 'fault' ? [] : [key];
}
