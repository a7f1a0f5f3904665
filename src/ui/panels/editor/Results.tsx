import { useStore } from 'zustand';
import type { ApplyResult } from '../../../engine/door.ts';
import { Badge } from '../../shared/Badge.tsx';
import { Icon } from '../../shared/icons.tsx';
import { keyOf } from '../../store/keys.ts';
import { usePlayback } from '../../store/selectors.ts';
import { selectObject } from '../../store/view.ts';
import styles from './Editor.module.css';
import { editor } from './editor-store.ts';
import { TEXT } from './messages.ts';

/** What came of the last apply, object by object. */
export function Results({ goTo }: { goTo(line: number): void }) {
  const outcome = useStore(editor, (state) => state.outcome);
  const isApplying = useStore(editor, (state) => state.isApplying);
  return (
    <section aria-label={TEXT.result} className={styles.results}>
      {isApplying && <Waiting />}
      {outcome?.error !== undefined && (
        <div role="alert" className={styles.refusal}>
          <Icon name="warning" size={14} />
          <div>
            {outcome.error.message}{' '}
            {outcome.error.line !== undefined && (
              <>
                <LineButton line={outcome.error.line} goTo={goTo} />
                <p>{TEXT.unreadable}</p>
              </>
            )}
          </div>
        </div>
      )}
      {outcome?.results !== undefined && (
        <>
          <p role="status" className={styles.summary}>
            {summary(outcome.results)}
          </p>
          <ul className={styles.resultList}>
            {outcome.results.map((result, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: results of one apply never change places.
              <li key={i}>
                <Result result={result} line={outcome.lines?.[i]} goTo={goTo} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Waiting() {
  const isPaused = usePlayback((state) => !state.playing && state.rate === 0);
  const hasNext = useStore(editor, (state) => state.next !== undefined);
  return (
    <p role="status">
      {isPaused ? TEXT.paused : TEXT.applying} {hasNext && TEXT.next}
    </p>
  );
}

function Result({
  result: { object, verb, status, warnings = [] },
  line,
  goTo,
}: {
  readonly result: ApplyResult;
  readonly line: number | undefined;
  goTo(line: number): void;
}) {
  const details = status?.details as { readonly kind?: string; readonly name?: string } | undefined;
  const name = object?.metadata?.name ?? details?.name;
  const kind = object?.kind ?? details?.kind;
  const isFailed = verb === 'failed';
  return (
    <>
      <div className={styles.resultHead}>
        <Badge tone={isFailed ? 'bad' : verb === 'unchanged' ? 'neutral' : 'good'}>
          <Icon name={isFailed ? 'cross' : 'check'} size={12} /> {TEXT.verbs[verb]}
        </Badge>
        {object !== undefined && !isFailed ? (
          <button
            type="button"
            className={styles.object}
            onClick={() => selectObject(keyOf(object.kind, object.metadata.namespace, object.metadata.name ?? ''))}
          >
            {kind} {name}
          </button>
        ) : (
          <span className={styles.object}>
            {kind} {name}
          </span>
        )}
        {line !== undefined && <LineButton line={line} goTo={goTo} />}
      </div>
      {isFailed && <p className={styles.sentence}>{status?.message}</p>}
      {warnings.map((warning) => (
        <p key={warning} className={styles.warning}>
          <Icon name="warning" size={13} /> {TEXT.warning}: {warning}
        </p>
      ))}
    </>
  );
}

function LineButton({ line, goTo }: { readonly line: number; goTo(line: number): void }) {
  return (
    <button type="button" className={styles.line} aria-label={TEXT.goTo(line)} onClick={() => goTo(line)}>
      {TEXT.line(line)}
    </button>
  );
}

function summary(results: readonly ApplyResult[]): string {
  const failed = results.filter(({ verb }) => verb === 'failed').length;
  return TEXT.summary(results.length - failed, failed);
}
