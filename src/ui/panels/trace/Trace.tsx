import { useMemo, useState } from 'react';
import type { ObjectRef, Trace as TraceData } from '../../../engine/door.ts';
import { Button } from '../../shared/Button.tsx';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useMirror, useView } from '../../store/selectors.ts';
import { type Selection, view } from '../../store/view.ts';
import { useAnswer } from '../inspector/use-answer.ts';
import { save } from './download.ts';
import { TEXT } from './messages.ts';
import { toOtlp } from './otlp.ts';
import { lengthText, rowsOf, sharesOf } from './rows.ts';
import styles from './Trace.module.css';
import { Waterfall } from './Waterfall.tsx';

/** Who spent how long on what: the trace of an object or a message, from its beginning on. */
export function Trace() {
  const traced = useView((state) => state.traced);
  const selected = useView(({ selection }) => JSON.stringify(targetOf(selection)));
  const selection = JSON.parse(selected) as Target;
  const target = traced ?? selection;
  const [asked, setAsked] = useState(0);
  const isSettled = useMirror('settled', () => mirror.settled);
  const trace = useAnswer(target === null ? null : { ask: 'trace', target }, `${asked} ${isSettled}`);
  const [pathOnly, setPathOnly] = useState(true);
  if (target === null) return <p className={styles.none}>{TEXT.none}</p>;
  const isOther = selection !== null && idOf(selection) !== idOf(target);
  return (
    <div className={styles.panel}>
      <div className={styles.bar}>
        <span className={styles.title}>
          {TEXT.of} <b>{nameOf(target)}</b>
        </span>
        {isOther && (
          <Button small look="plain" onClick={() => view.setState({ traced: selection })}>
            {TEXT.selection}
          </Button>
        )}
        <label className={styles.all}>
          <input type="checkbox" checked={!pathOnly} onChange={(event) => setPathOnly(!event.target.checked)} />
          {TEXT.everything}
        </label>
        <Button small look="plain" title={TEXT.again} onClick={() => setAsked(asked + 1)}>
          {TEXT.refresh}
        </Button>
        <Button
          small
          disabled={!trace}
          onClick={() => trace && save(`trace-${fileName(target)}.json`, JSON.stringify(toOtlp(trace)))}
        >
          {TEXT.exportAs}
        </Button>
      </div>
      {trace === undefined ? (
        <p className={styles.none}>{TEXT.wait}</p>
      ) : trace === null ? (
        <p className={styles.none}>{TEXT.tooOld}</p>
      ) : (
        <Told trace={trace} pathOnly={pathOnly} />
      )}
    </div>
  );
}

function Told({ trace, pathOnly }: { readonly trace: TraceData; readonly pathOnly: boolean }) {
  const rows = useMemo(() => rowsOf(trace.spans, pathOnly), [trace, pathOnly]);
  const shares = useMemo(() => sharesOf(rows), [rows]);
  return (
    <>
      <p className={styles.summary}>
        <span>{trace.title}</span>
        <span>
          {TEXT.spans(rows.length)}
          {trace.dropped > 0 && !pathOnly && `, ${TEXT.dropped(trace.dropped)}`}
        </span>
        {shares.slice(0, 5).map(({ component, waits, ms }) => (
          <span key={`${component} ${waits}`} className={styles.share}>
            <Hue component={component} />
            {waits ? TEXT.waits(componentName(component)) : componentName(component)} {lengthText(ms)}
          </span>
        ))}
      </p>
      <Waterfall key={`${trace.spans[0]?.id} ${pathOnly}`} rows={rows} />
    </>
  );
}

type Target = ObjectRef | number | null;

function targetOf(selection: Selection | null): Target {
  if (selection?.type === 'message') return selection.id;
  if (selection?.type !== 'object') return null;
  const { kind, namespace, name } = splitKey(selection.key);
  return { kind, namespace, name };
}

const idOf = (target: ObjectRef | number): string =>
  typeof target === 'number' ? String(target) : `${target.kind}/${target.namespace ?? ''}/${target.name}`;
const nameOf = (target: ObjectRef | number): string =>
  typeof target === 'number' ? TEXT.message(target) : `${target.kind} ${target.name}`;
const fileName = (target: ObjectRef | number): string =>
  nameOf(target)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
