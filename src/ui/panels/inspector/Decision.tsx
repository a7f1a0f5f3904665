import styles from './Decision.module.css';
import { TEXT } from './messages.ts';
import { whenText } from './numbers.ts';
import { Note, ObjectLink } from './parts.tsx';

/** A scheduling decision, as `schedulingDecision` answers and the scheduler's view has it. */
export interface DecisionFields {
  readonly pod: string;
  readonly attemptedAt: number;
  readonly node?: string;
  readonly message?: string;
  readonly nodes?: readonly NodeFields[];
}

interface NodeFields {
  readonly node: string;
  readonly filter:
    | { readonly ok: true }
    | { readonly ok: false; readonly plugin: string; readonly reasons: readonly string[] };
  readonly scores?: Readonly<Record<string, Score>>;
  readonly total?: number;
}

interface Score {
  readonly raw: number;
  readonly normalized: number;
  readonly weighted: number;
}

/** More columns than this are not read; the chosen node and the best come first. */
const MAX_COLUMNS = 4;

/** Which nodes passed the filters and what each plugin gave them. */
export function Decision({ decision, withPod }: { readonly decision: DecisionFields; readonly withPod?: boolean }) {
  const { pod, node, message, nodes = [], attemptedAt } = decision;
  const passed = nodes.filter(({ filter }) => filter.ok);
  const refused = nodes.filter(({ filter }) => !filter.ok);
  return (
    <div>
      <p className={styles.choice}>
        {withPod && (
          <>
            <ObjectLink of={`Pod/${pod}`} />
            {' → '}
          </>
        )}
        {node === undefined ? (
          <b className={styles.bad}>{TEXT.choseNone}</b>
        ) : (
          <ObjectLink of={`Node//${node}`}>
            <b>{node}</b>
          </ObjectLink>
        )}
        <small className={styles.at}> {whenText(attemptedAt, TEXT.beforeStart)}</small>
      </p>
      {nodes.length > 0 && <Funnel all={nodes.length} passed={passed.length} chose={node !== undefined} />}
      {message !== undefined && <p className={styles.message}>{message}</p>}
      <Refused nodes={refused} />
      <Scores nodes={passed} chosen={node} />
    </div>
  );
}

function Funnel({ all, passed, chose }: { readonly all: number; readonly passed: number; readonly chose: boolean }) {
  const share = (count: number): string => `${Math.max(count === 0 ? 0 : 2, (count / all) * 100)}%`;
  return (
    <>
      <span className={styles.funnel} aria-hidden="true">
        <i style={{ width: share(all) }} />
        <i style={{ width: share(passed) }} />
        <i style={{ width: share(chose ? 1 : 0) }} />
      </span>
      <Note>{TEXT.funnel(passed, all)}</Note>
    </>
  );
}

function Refused({ nodes }: { readonly nodes: readonly NodeFields[] }) {
  if (nodes.length === 0) return null;
  return (
    <table className={`${styles.table} ${styles.refused}`} aria-label={TEXT.filters}>
      <tbody>
        {nodes.slice(0, 12).map(({ node, filter }) => (
          <tr key={node}>
            <th scope="row">
              <ObjectLink of={`Node//${node}`} />
            </th>
            <td className={styles.refusal}>
              {!filter.ok && (
                <>
                  <b>{filter.plugin}</b>: {filter.reasons.join(', ')}
                </>
              )}
            </td>
          </tr>
        ))}
        {nodes.length > 12 && (
          <tr>
            <td colSpan={2}>{TEXT.moreNodes(nodes.length - 12)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Scores({ nodes, chosen }: { readonly nodes: readonly NodeFields[]; readonly chosen?: string }) {
  if (nodes.length === 0) return null;
  if (nodes.every(({ scores }) => scores === undefined)) {
    return nodes.length === 1 ? <Note>{TEXT.onlyOne}</Note> : null;
  }
  const best = nodes.toSorted(
    (a, b) => Number(b.node === chosen) - Number(a.node === chosen) || (b.total ?? 0) - (a.total ?? 0),
  );
  const shown = best.slice(0, MAX_COLUMNS);
  const plugins = Object.keys(shown[0]?.scores ?? {});
  return (
    <>
      <div className={styles.scroll}>
        <table className={styles.table} aria-label={TEXT.scoresNote}>
          <thead>
            <tr>
              <th scope="col">{TEXT.plugin}</th>
              {shown.map(({ node }) => (
                <th key={node} scope="col" className={styles.end}>
                  {shortNode(node)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{TEXT.filters}</th>
              {shown.map(({ node }) => (
                <td key={node} className={styles.end}>
                  {TEXT.pass}
                </td>
              ))}
            </tr>
            {plugins.map((plugin) => (
              <tr key={plugin}>
                <th scope="row">
                  {plugin} <small>{weightText(shown, plugin)}</small>
                </th>
                {shown.map(({ node, scores }) => (
                  <ScoreCell key={node} score={scores?.[plugin]} />
                ))}
              </tr>
            ))}
            <tr className={styles.total}>
              <th scope="row">{TEXT.total}</th>
              {shown.map(({ node, total }) => (
                <td key={node} className={node === chosen ? `${styles.end} ${styles.chosen}` : styles.end}>
                  {node === chosen && <span aria-hidden="true">★ </span>}
                  {total}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      {best.length > shown.length && <Note>{TEXT.moreNodes(best.length - shown.length)}</Note>}
      <Note>{TEXT.scoresNote}</Note>
    </>
  );
}

function ScoreCell({ score }: { readonly score: Score | undefined }) {
  if (score === undefined) return <td className={styles.end}>–</td>;
  const { raw, normalized, weighted } = score;
  const weight = normalized === 0 ? 1 : weighted / normalized;
  return (
    <td className={styles.end} title={TEXT.rawScore(raw, normalized, weight)}>
      {weighted}
    </td>
  );
}

/** The weight, from a node that got any points. */
function weightText(nodes: readonly NodeFields[], plugin: string): string {
  for (const { scores } of nodes) {
    const score = scores?.[plugin];
    if (score !== undefined && score.normalized !== 0) return TEXT.weight(score.weighted / score.normalized);
  }
  return '';
}

/** `worker2` for `kind-worker2`: the columns are narrow. */
const shortNode = (name: string): string => name.replace(/^kind-/, '');
