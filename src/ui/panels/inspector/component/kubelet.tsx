import type { KubernetesObject } from '../../../../engine/api/object.ts';
import type { ComponentView } from '../../../../engine/door.ts';
import { Badge } from '../../../shared/Badge.tsx';
import { bytesText } from '../../../shared/quantity.ts';
import { Table } from '../../../shared/Table.tsx';
import { durationText } from '../../../shared/time.ts';
import { useObject } from '../../../store/selectors.ts';
import { virtualTime } from '../api-time.ts';
import { TEXT } from '../messages.ts';
import { cpuText } from '../numbers.ts';
import { Facts, Meter, Note, ObjectLink, Section, Sure } from '../parts.tsx';
import { useSecond } from '../use-slow.ts';
import styles from './component.module.css';

interface KubeletFields {
  readonly registered: boolean;
  readonly runtimeReady: boolean;
  readonly networkReady: boolean;
  readonly memoryPressure: boolean;
  readonly pods: readonly PodFields[];
  readonly podCount: number;
  readonly pulls: readonly {
    readonly image: string;
    readonly container: string;
    readonly pod: string;
    readonly pulling: boolean;
    readonly doneBytes: number;
    readonly totalBytes: number;
  }[];
  readonly probes: readonly {
    readonly pod: string;
    readonly container: string;
    readonly type: string;
    readonly result: string;
    readonly last: string;
    readonly run: number;
    readonly output: string;
  }[];
  readonly requested: { readonly cpuMillis: number; readonly memoryBytes: number; readonly pods: number };
}

interface PodFields {
  readonly key: string;
  readonly phase: string;
  readonly stage: string;
  readonly isStatic: boolean;
  readonly doing: string;
  readonly containers: readonly { readonly name: string; readonly state: string; readonly attempt: number }[];
  readonly waiting: readonly { readonly container: string; readonly reason: string }[];
}

export function Kubelet({ process }: { readonly process: ComponentView }) {
  const fields = process.view as Partial<KubeletFields>;
  const {
    registered,
    runtimeReady,
    networkReady,
    memoryPressure,
    requested,
    pods = [],
    pulls = [],
    probes = [],
  } = fields;
  if (registered === undefined) return <Note>{TEXT.noInternals}</Note>;
  return (
    <>
      <Section title={TEXT.status}>
        <Facts
          rows={[
            [TEXT.registered, <Sure key="" is={registered} />],
            [TEXT.runtime, <Sure key="" is={runtimeReady === true} yes={TEXT.ready} no={TEXT.notReady} />],
            [TEXT.network, <Sure key="" is={networkReady === true} yes={TEXT.ready} no={TEXT.notReady} />],
            memoryPressure === true && [TEXT.memoryPressure, <Sure key="" is good={false} />],
            [TEXT.lease, <LeaseAge key="" host={process.host} />],
            requested && [
              TEXT.requestedHere,
              `${cpuText(requested.cpuMillis)} CPU, ${bytesText(requested.memoryBytes)}, ${requested.pods} pods`,
            ],
          ]}
        />
      </Section>
      {pulls.length > 0 && (
        <Section title={TEXT.pulls}>
          {pulls.map(({ image, container, pod, doneBytes, totalBytes }) => (
            <div key={`${pod} ${container}`} className={styles.pull}>
              <code>{image}</code>
              <small>
                {bytesText(doneBytes)} / {bytesText(totalBytes)}
              </small>
              <Meter label={image} share={totalBytes === 0 ? 0 : doneBytes / totalBytes} />
            </div>
          ))}
        </Section>
      )}
      <Section title={`${TEXT.pods} (${fields.podCount ?? pods.length})`}>
        <Table
          label={TEXT.pods}
          rows={pods.slice(0, SHOWN)}
          rowKey={({ key }) => key}
          empty={TEXT.none}
          columns={[
            { id: 'pod', label: TEXT.pod, cell: ({ key }) => <ObjectLink of={`Pod/${key}`} /> },
            { id: 'state', label: TEXT.containers, cell: (pod) => <PodState pod={pod} /> },
          ]}
        />
        {pods.length > SHOWN && <Note>{TEXT.more(pods.length - SHOWN)}</Note>}
      </Section>
      {probes.length > 0 && (
        <Section title={TEXT.probes}>
          <Table
            label={TEXT.probes}
            rows={probes.slice(0, SHOWN)}
            rowKey={({ pod, container, type }) => `${pod} ${container} ${type}`}
            columns={[
              {
                id: 'pod',
                label: TEXT.pod,
                cell: ({ pod, container }) => (
                  <>
                    <ObjectLink of={`Pod/${pod}`} /> <small>{container}</small>
                  </>
                ),
              },
              { id: 'type', label: TEXT.probe, cell: ({ type }) => type },
              {
                id: 'result',
                label: TEXT.result,
                cell: ({ last, result, run, output }) => (
                  <span title={output}>
                    <Badge tone={toneOf(last || result)}>{last || result}</Badge>
                    {run > 1 && <small> ×{run}</small>}
                  </span>
                ),
              },
            ]}
          />
        </Section>
      )}
    </>
  );
}

const SHOWN = 40;

function toneOf(result: string): 'good' | 'bad' | 'unknown' {
  return result === 'success' ? 'good' : result === 'unknown' || result === '' ? 'unknown' : 'bad';
}

function PodState({ pod: { containers, waiting, doing, stage, isStatic } }: { readonly pod: PodFields }) {
  const reasons = waiting.filter(({ reason }) => reason !== '');
  return (
    <>
      {containers.map(({ name, state, attempt }) => (
        <span key={name} className={styles.run}>
          {name} <small>{state.toLowerCase()}</small>
          {attempt > 0 && <small> #{attempt}</small>}
        </span>
      ))}
      {containers.length === 0 && reasons.length === 0 && stage === 'sync' && <small>–</small>}
      {reasons.map(({ container, reason }) => (
        <span key={container} className={styles.run}>
          {container} <small className={styles.some}>{reason}</small>
        </span>
      ))}
      {doing !== '' && <small className={styles.run}>{doing}</small>}
      {stage !== 'sync' && <small className={styles.run}>{stage}</small>}
      {isStatic && <small className={styles.run}>{TEXT.staticPod}</small>}
    </>
  );
}

/** How old the node's heartbeat is: what the node lifecycle controller looks at. */
export function LeaseAge({ host }: { readonly host: string }) {
  const lease = useObject<KubernetesObject & { spec?: { renewTime?: string } }>(`Lease/kube-node-lease/${host}`);
  const now = useSecond();
  const renewed = virtualTime(lease?.spec?.renewTime);
  if (renewed === undefined) return <>{TEXT.leaseNever}</>;
  const seconds = Math.max(0, Math.floor((now - renewed) / 1000));
  return <>{TEXT.leaseAge(durationText(seconds * 1000).replace(/^0 ms$/, '0 s'))}</>;
}
