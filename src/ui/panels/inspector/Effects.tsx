import type { Consequence, ObjectRef } from '../../../engine/door.ts';
import { componentOf } from '../../store/keys.ts';
import { CauseLine } from './CauseLine.tsx';
import { TEXT } from './messages.ts';
import { Folded, Note } from './parts.tsx';
import { useAnswer } from './use-answer.ts';
import styles from './Why.module.css';
import { offsetText } from './why-story.ts';

interface EffectsProps {
  readonly target: ObjectRef | number;
  readonly version?: unknown;
  readonly startsOpen?: boolean;
}

/** The other way round: what a message, or the changes of an object, led to. */
export function Effects({ target, version, startsOpen }: EffectsProps) {
  return (
    <Folded title={TEXT.effects} startsOpen={startsOpen}>
      {() => <List target={target} version={version} />}
    </Folded>
  );
}

/** Who does what a line tells of; the load balancer only passes on. */
function speakerOf(list: readonly Consequence[], i: number): string {
  const { from, to, depth } = list[i] as Consequence;
  const [sender, receiver] = [componentOf(from), componentOf(to)];
  if (sender === 'etcd' && receiver === 'apiserver') return receiver;
  if (sender !== 'load-balancer') return sender;
  if (receiver !== 'apiserver') return receiver;
  const asked = list.findLast((one, j) => j < i && one.depth < depth && componentOf(one.to) === 'load-balancer');
  return asked === undefined ? sender : componentOf(asked.from);
}

/** Deeper ones stand in one line. */
const DEEPEST = 6;

function List({ target, version }: EffectsProps) {
  const effects = useAnswer({ ask: 'effects', target }, version);
  if (effects === undefined) return <Note>{TEXT.whyWait}</Note>;
  const { list, more } = effects;
  if (list.length === 0) return <Note>{TEXT.effectsNone}</Note>;
  const start = (list[0] as Consequence).at;
  return (
    <>
      <ol className={styles.story}>
        {list.map(({ messageId, at, from, to, sentence, depth, objects = [] }, i) => (
          <CauseLine
            key={messageId}
            messageId={messageId}
            time={offsetText(at - start)}
            component={speakerOf(list, i)}
            text={sentence}
            hop={{ from, to }}
            objects={objects.filter((key) => !list[i - 1]?.objects?.includes(key))}
            depth={Math.min(depth, DEEPEST)}
          />
        ))}
      </ol>
      {more > 0 && <Note>{TEXT.effectsMore(more)}</Note>}
    </>
  );
}
