import type { Container, ContainerState, ContainerStatus, Pod } from '../../../../engine/api/generated/types.ts';
import { type PodLook, podState } from '../../../diagram/pod-status.ts';
import { Badge, type Tone } from '../../../shared/Badge.tsx';
import { Icon, type IconName } from '../../../shared/icons.tsx';
import { useObject } from '../../../store/selectors.ts';
import { Decision, type DecisionFields } from '../Decision.tsx';
import { TEXT } from '../messages.ts';
import { Code, Facts, Folded, Note, ObjectLink, Section } from '../parts.tsx';
import { useAnswer } from '../use-answer.ts';
import { useSecond } from '../use-slow.ts';
import { Conditions } from './Conditions.tsx';
import styles from './object.module.css';

const LOOKS: Readonly<Record<PodLook, readonly [Tone, IconName]>> = {
  pending: ['warn', 'info'],
  pulling: ['warn', 'info'],
  starting: ['warn', 'info'],
  running: ['good', 'check'],
  'not-ready': ['warn', 'warning'],
  'crash-loop': ['bad', 'cross'],
  terminating: ['neutral', 'close'],
  unknown: ['unknown', 'info'],
  succeeded: ['neutral', 'check'],
  failed: ['bad', 'cross'],
};

export function PodBadge({ of }: { readonly of: string }) {
  const pod = useObject<Pod>(of);
  if (pod === undefined) return null;
  const { look, text } = podState(pod);
  const [tone, icon] = LOOKS[look];
  return (
    <Badge tone={tone}>
      <Icon name={icon} size={11} />
      {text}
    </Badge>
  );
}

export function PodBody({ of }: { readonly of: string }) {
  const pod = useObject<Pod>(of);
  if (pod === undefined) return null;
  const { spec, status, metadata } = pod;
  const { ready, containers, restarts } = podState(pod);
  const node = spec?.nodeName;
  return (
    <>
      <Section title={TEXT.status}>
        <Facts
          rows={[
            [TEXT.phase, status?.phase ?? '–'],
            [TEXT.containers, `${ready}/${containers} ${TEXT.ready}`],
            [TEXT.restarts, restarts],
            [TEXT.node, node ? <ObjectLink key="node" of={`Node//${node}`} /> : TEXT.unbound],
            [TEXT.podIP, <code key="ip">{status?.podIP ?? '–'}</code>],
            [TEXT.qos, status?.qosClass ?? '–'],
          ]}
        />
        {status?.message !== undefined && <Note icon="info">{status.message}</Note>}
      </Section>
      <Containers pod={pod} />
      {node === undefined && <Scheduling namespace={metadata.namespace ?? ''} pod={metadata.name ?? ''} />}
    </>
  );
}

export function PodMore({ of }: { readonly of: string }) {
  const pod = useObject<Pod>(of);
  if (pod === undefined) return null;
  const { spec, status, metadata } = pod;
  const node = spec?.nodeName;
  const name = { namespace: metadata.namespace ?? '', pod: metadata.name ?? '' };
  return (
    <>
      <Conditions of={status?.conditions} />
      {node !== undefined && <Scheduling {...name} node={node} />}
      {node !== undefined && (
        <Folded title={TEXT.logs}>
          {() => <Logs {...name} containers={(spec?.containers ?? []).map((container) => container.name)} />}
        </Folded>
      )}
    </>
  );
}

function Containers({ pod: { spec, status } }: { readonly pod: Pod }) {
  const rows = [
    ...list(spec?.initContainers, status?.initContainerStatuses, TEXT.initContainer),
    ...list(spec?.containers, status?.containerStatuses),
    ...list(
      spec?.ephemeralContainers as readonly Container[] | undefined,
      status?.ephemeralContainerStatuses,
      TEXT.ephemeralContainer,
    ),
  ];
  return (
    <Section title={TEXT.containers}>
      <ul className={styles.containers}>
        {rows.map(({ container, of, role }) => (
          <li key={container.name}>
            <span className={styles.containerHead}>
              <b>{container.name}</b>
              {role !== undefined && <small>{role}</small>}
              <span className={styles.containerState}>
                {of === undefined ? <Badge tone="unknown">–</Badge> : <StateBadge status={of} />}
              </span>
            </span>
            <code className={styles.image}>{container.image}</code>
            {of !== undefined && <Detail status={of} />}
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface Row {
  readonly container: Container;
  readonly of: ContainerStatus | undefined;
  readonly role?: string;
}

function list(
  containers: readonly Container[] | undefined,
  statuses: readonly ContainerStatus[] | undefined,
  role?: string,
): readonly Row[] {
  return (containers ?? []).map((container) => ({
    container,
    of: statuses?.find(({ name }) => name === container.name),
    role: container.restartPolicy === 'Always' ? 'sidecar' : role,
  }));
}

function StateBadge({ status: { state, ready } }: { readonly status: ContainerStatus }) {
  if (state?.running !== undefined) {
    return (
      <Badge tone={ready ? 'good' : 'warn'}>
        <Icon name={ready ? 'check' : 'warning'} size={11} />
        {ready ? `running, ${TEXT.ready}` : `running, ${TEXT.notReady}`}
      </Badge>
    );
  }
  if (state?.terminated !== undefined) {
    const { exitCode, reason } = state.terminated;
    return (
      <Badge tone={exitCode === 0 ? 'neutral' : 'bad'}>
        <Icon name={exitCode === 0 ? 'check' : 'cross'} size={11} />
        {reason ?? 'terminated'}
      </Badge>
    );
  }
  const reason = state?.waiting?.reason ?? 'waiting';
  const isStarting = ['ContainerCreating', 'PodInitializing', 'waiting'].includes(reason);
  return (
    <Badge tone={isStarting ? 'warn' : 'bad'}>
      <Icon name={isStarting ? 'info' : 'cross'} size={11} />
      {reason}
    </Badge>
  );
}

function Detail({ status: { state, lastState, restartCount } }: { readonly status: ContainerStatus }) {
  const lines = [
    state?.waiting?.message,
    state?.terminated && endText(state),
    lastState?.terminated && TEXT.lastEnd(endText(lastState)),
    restartCount > 0 && `${TEXT.restarts}: ${restartCount}`,
  ].filter(Boolean);
  return lines.map((line) => (
    <small key={String(line)} className={styles.block}>
      {line}
    </small>
  ));
}

function endText({ terminated }: ContainerState): string {
  const { exitCode = 0, reason, message } = terminated ?? {};
  return [reason, TEXT.exit(exitCode), message].filter(Boolean).join(', ');
}

/** How the scheduler came to its choice, or why there is none. */
function Scheduling({ namespace, pod, node }: { namespace: string; pod: string; node?: string }) {
  // While it waits it may be tried again at any time.
  const now = useSecond();
  const decision = useAnswer({ ask: 'schedulingDecision', namespace, pod }, node ?? now) as
    | DecisionFields
    | null
    | undefined;
  if (decision === undefined || decision === null) return null;
  return (
    <Section title={node === undefined ? TEXT.noPlacement : TEXT.placement}>
      <Decision decision={decision} />
    </Section>
  );
}

function Logs({ namespace, pod, containers }: { namespace: string; pod: string; containers: readonly string[] }) {
  const now = useSecond();
  return containers.map((container) => (
    <Log key={container} namespace={namespace} pod={pod} container={container} version={Math.floor(now / 2000)} />
  ));
}

function Log({ version, ...of }: { namespace: string; pod: string; container: string; version: number }) {
  const text = useAnswer({ ask: 'logs', ...of }, version);
  if (text === undefined || text === '') return <Note>{`${of.container}: ${TEXT.noLogs}`}</Note>;
  return <Code label={`${TEXT.logs} ${of.container}`} text={text} />;
}
