import { Fragment, useState } from 'react';
import type { ObjectRef } from '../../../engine/door.ts';
import { Button } from '../../shared/Button.tsx';
import { durationText } from '../../shared/time.ts';
import { keyOf } from '../../store/keys.ts';
import { preferences } from '../../store/preferences.ts';
import { pointsOut } from '../../store/trail.ts';
import { view } from '../../store/view.ts';
import { CauseLine } from './CauseLine.tsx';
import { TEXT } from './messages.ts';
import { Note, Section } from './parts.tsx';
import { useAnswer } from './use-answer.ts';
import styles from './Why.module.css';
import { type Chapter, folded, offsetText, whyStory } from './why-story.ts';

interface WhyProps {
  readonly target: ObjectRef | number;
  /** Asked again when this changes. */
  readonly version?: unknown;
  readonly title?: string;
}

/** The complete chain of causes, nearest first; each line leads to its message and its objects. */
export function Why({ target, version, title = TEXT.why }: WhyProps) {
  const causes = useAnswer({ ask: 'why', target }, version);
  const [showsAll, setShowsAll] = useState(false);
  const [isUnfolded, setUnfolded] = useState(false);
  const story = whyStory(causes ?? []);
  const lines = showsAll ? story.full : story.short;
  const { near, hidden, far } = isUnfolded ? { near: lines, hidden: 0, far: [] } : folded(lines);
  return (
    <Section
      title={title}
      extra={
        story.full.length > 0 && (
          <Button
            small
            onClick={() => showTrace(target)}
            {...pointsOut(() => story.full.map(({ from, to }) => ({ from, to })))}
          >
            {TEXT.whyTrace}
          </Button>
        )
      }
    >
      {causes === undefined ? (
        <Note>{TEXT.whyWait}</Note>
      ) : lines.length === 0 ? (
        <Note>{TEXT.whyNone}</Note>
      ) : (
        <ol className={styles.story}>
          {near.map((chapter, i) => (
            <Line key={chapter.messageId} chapter={{ ...chapter, objects: fresh(chapter, near[i - 1], target) }} />
          ))}
          {hidden > 0 && (
            <li>
              <button type="button" className={styles.more} onClick={() => setUnfolded(true)}>
                {TEXT.whyMore(hidden)}
              </button>
            </li>
          )}
          {far.map((chapter, i) => (
            <Line key={chapter.messageId} chapter={{ ...chapter, objects: fresh(chapter, far[i - 1], target) }} />
          ))}
        </ol>
      )}
      {story.full.length > story.short.length && (
        <label className={styles.all}>
          <input type="checkbox" checked={showsAll} onChange={(event) => setShowsAll(event.target.checked)} />
          {TEXT.whyAll(story.full.length)}
        </label>
      )}
    </Section>
  );
}

/** Opens the tab of traces with this target. */
function showTrace(target: ObjectRef | number): void {
  preferences.setState({ dockOpen: true });
  view.setState({ dockTab: 'trace', sheet: 'dock', traced: target });
}

/** What the line before spoke of, or the inspector shows anyway, is not named again. */
function fresh({ objects }: Chapter, before: Chapter | undefined, target: ObjectRef | number): readonly string[] {
  const own = typeof target === 'number' ? '' : keyOf(target.kind, target.namespace, target.name);
  return objects.filter((key) => key !== own && !before?.objects.includes(key));
}

function Line({ chapter }: { readonly chapter: Chapter }) {
  const { messageId, offsetMs, component, text, count, from, to, objects, also, end, everyMs } = chapter;
  const notes = [
    count > 1 && `×${count}`,
    also > 0 && TEXT.whyAlso(also),
    end !== undefined && (everyMs === undefined ? TEXT.ends[end] : TEXT.endsEvery(durationText(everyMs))),
  ].filter((note) => note !== false);
  return (
    <CauseLine
      messageId={messageId}
      time={offsetText(offsetMs)}
      component={component}
      text={text}
      hop={{ from, to }}
      objects={objects}
      isFault={end === 'fault'}
    >
      {notes.map((note) => (
        <Fragment key={note}>
          {' '}
          <span className={styles.note}>{note}</span>
        </Fragment>
      ))}
    </CauseLine>
  );
}
