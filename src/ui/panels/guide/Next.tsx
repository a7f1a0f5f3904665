import { useStore } from 'zustand';
import { runAct } from '../../app/acts.ts';
import { EXAMPLES } from '../../examples/index.ts';
import { Button } from '../../shared/Button.tsx';
import { cluster } from '../../store/cluster.ts';
import { mirror } from '../../store/mirror.ts';
import { playback } from '../../store/playback.ts';
import { useMirror } from '../../store/selectors.ts';
import { selectObject } from '../../store/view.ts';
import { openText } from '../editor/files.ts';
import styles from './Guide.module.css';
import { TEXT } from './messages.ts';
import { guide } from './progress.ts';

const SHOWN = ['rolling-update', 'liveness-exec', 'too-big', 'topology-spread', 'quota'];

/** What can be done after the first visit. */
export function Next() {
  const node = useStore(guide, (state) => state.progress.cut?.node);
  const isDark = useMirror('any-machine', () => node !== undefined && mirror.machine(node)?.powered === false);
  return (
    <section aria-label={TEXT.next}>
      <h4 className={styles.nextTitle}>{TEXT.next}</h4>
      <ul className={styles.next}>
        {node !== undefined && isDark && (
          <li>
            <Button
              small
              look="primary"
              onClick={() => {
                runAct('power-on', { type: 'object', key: `Node//${node}` });
                if (!playback.getState().playing) cluster().play();
                selectObject(`Node//${node}`);
              }}
            >
              {TEXT.powerBack(node)}
            </Button>
            <p>{TEXT.powerBackWhy}</p>
          </li>
        )}
        <li>
          <Button small onClick={() => runAct('break')}>
            {TEXT.breakMore}
          </Button>
          <p>{TEXT.breakMoreWhy}</p>
        </li>
        {EXAMPLES.filter(({ id }) => SHOWN.includes(id)).map(({ id, title, description, steps }) => (
          <li key={id}>
            <Button small onClick={() => openText(steps[0]?.text ?? '', title)}>
              {title}
            </Button>
            <p>{description}</p>
          </li>
        ))}
        <li>
          <Button small onClick={() => void again()}>
            {TEXT.again}
          </Button>
          <p>{TEXT.againWhy}</p>
        </li>
      </ul>
    </section>
  );
}

async function again(): Promise<void> {
  const { options } = await cluster().query({ ask: 'run' });
  cluster().create(options, { playing: true, speed: 'story' });
}
