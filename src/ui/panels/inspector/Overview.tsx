import { splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useKeysOfKind } from '../../store/selectors.ts';
import { TEXT } from './messages.ts';
import styles from './panels.module.css';
import { Folded, Head, Lead, ObjectLink, Section } from './parts.tsx';
import { useSlowMirror } from './use-slow.ts';

/** Kinds that people look for, before all others. */
const FIRST = [
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'Pod',
  'Service',
  'EndpointSlice',
  'Node',
  'ConfigMap',
  'Namespace',
];

/** Nothing is selected: what there is to select, objects that the diagram does not draw included. */
export function Overview() {
  const kinds = useSlowMirror('now', () => mirror.kinds().join(' '))
    .split(' ')
    .filter((kind) => kind !== '');
  const rank = (kind: string): number => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length);
  return (
    <>
      <Head kicker="" title={TEXT.nothingTitle}>
        <Lead>{TEXT.nothing}</Lead>
        <Lead>{TEXT.nothingFault}</Lead>
      </Head>
      {kinds.length > 0 && (
        <Section title={TEXT.objects}>
          <div className={styles.kinds}>
            {kinds
              .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
              .map((kind) => (
                <Kind key={kind} kind={kind} />
              ))}
          </div>
        </Section>
      )}
    </>
  );
}

const MAX_SHOWN = 100;

function Kind({ kind }: { readonly kind: string }) {
  const keys = useKeysOfKind(kind);
  return (
    <Folded title={`${kind} (${keys.length})`}>
      {() => (
        <ul className={styles.plain}>
          {keys.slice(0, MAX_SHOWN).map((key) => (
            <li key={key}>
              <ObjectLink of={key} /> <small>{splitKey(key).namespace}</small>
            </li>
          ))}
          {keys.length > MAX_SHOWN && <li>{TEXT.more(keys.length - MAX_SHOWN)}</li>}
        </ul>
      )}
    </Folded>
  );
}
