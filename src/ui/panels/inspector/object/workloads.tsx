import type { DaemonSet, Deployment, ReplicaSet } from '../../../../engine/api/generated/types.ts';
import type { KubernetesObject } from '../../../../engine/api/object.ts';
import { useObject, useOwnedBy } from '../../../store/selectors.ts';
import { TEXT } from '../messages.ts';
import { Chips, type Fact, Facts, Meter, Note, ObjectList, Section } from '../parts.tsx';
import { Conditions } from './Conditions.tsx';

const REVISION = 'deployment.kubernetes.io/revision';

export function DeploymentBody({ of }: { readonly of: string }) {
  const deployment = useObject<Deployment>(of);
  if (deployment === undefined) return null;
  const { spec, status, metadata } = deployment;
  const rolling = spec?.strategy?.rollingUpdate;
  return (
    <>
      <Wanted
        object={deployment}
        wanted={spec?.replicas ?? 1}
        actual={status?.replicas ?? 0}
        ready={status?.readyReplicas ?? 0}
        more={[
          [TEXT.upToDate, status?.updatedReplicas ?? 0],
          [TEXT.available, status?.availableReplicas ?? 0],
          [
            TEXT.strategy,
            rolling
              ? `${spec?.strategy?.type}: +${rolling.maxSurge ?? '25%'} / −${rolling.maxUnavailable ?? '25%'}`
              : (spec?.strategy?.type ?? '–'),
          ],
          [TEXT.revision, metadata.annotations?.[REVISION] ?? '–'],
        ]}
      />
      <Conditions of={status?.conditions} />
      <Selector of={spec?.selector?.matchLabels} />
      <Owned of={deployment} />
    </>
  );
}

export function ReplicaSetBody({ of }: { readonly of: string }) {
  const set = useObject<ReplicaSet>(of);
  if (set === undefined) return null;
  const { spec, status } = set;
  return (
    <>
      <Wanted
        object={set}
        wanted={spec?.replicas ?? 1}
        actual={status?.replicas ?? 0}
        ready={status?.readyReplicas ?? 0}
        more={[[TEXT.available, status?.availableReplicas ?? 0]]}
      />
      <Conditions of={status?.conditions} />
      <Selector of={spec?.selector?.matchLabels} />
      <Owned of={set} />
    </>
  );
}

export function DaemonSetBody({ of }: { readonly of: string }) {
  const set = useObject<DaemonSet>(of);
  if (set === undefined) return null;
  const { spec, status } = set;
  return (
    <>
      <Wanted
        object={set}
        wanted={status?.desiredNumberScheduled ?? 0}
        actual={status?.currentNumberScheduled ?? 0}
        ready={status?.numberReady ?? 0}
        more={[
          [TEXT.upToDate, status?.updatedNumberScheduled ?? 0],
          [TEXT.available, status?.numberAvailable ?? 0],
          [TEXT.strategy, spec?.updateStrategy?.type ?? '–'],
        ]}
      />
      <Conditions of={status?.conditions} />
      <Selector of={spec?.selector?.matchLabels} />
      <Owned of={set} />
    </>
  );
}

interface WantedProps {
  readonly object: KubernetesObject;
  readonly wanted: number;
  readonly actual: number;
  readonly ready: number;
  readonly more: readonly Fact[];
}

/** Desired state beside actual state: what a controller compares. */
function Wanted({ object, wanted, actual, ready, more }: WantedProps) {
  const { generation } = object.metadata as { readonly generation?: number };
  const { observedGeneration } = ((object as { readonly status?: object }).status ?? {}) as {
    readonly observedGeneration?: number;
  };
  const isBehind = generation !== undefined && observedGeneration !== generation;
  return (
    <Section title={TEXT.desiredActual}>
      <Meter label={TEXT.ready} share={wanted === 0 ? 1 : ready / wanted} />
      <Facts
        rows={[
          [TEXT.wanted, <b key="wanted">{wanted}</b>],
          [TEXT.actual, actual],
          [TEXT.readyCondition, `${ready}/${wanted}`],
          ...more,
        ]}
      />
      {isBehind && <Note icon="info">{`${TEXT.observed}: ${TEXT.observedBehind}`}</Note>}
    </Section>
  );
}

function Selector({ of }: { readonly of: Readonly<Record<string, string>> | undefined }) {
  return (
    <Section title={TEXT.selector}>
      <Chips of={of} />
    </Section>
  );
}

function Owned({ of: { metadata } }: { readonly of: KubernetesObject }) {
  const keys = useOwnedBy(metadata.uid ?? '');
  return (
    <Section title={`${TEXT.owned} (${keys.length})`}>
      <ObjectList keys={keys} />
    </Section>
  );
}
