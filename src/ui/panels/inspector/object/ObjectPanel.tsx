import type { ReactNode } from 'react';
import type { KubernetesObject } from '../../../../engine/api/object.ts';
import { Badge } from '../../../shared/Badge.tsx';
import { splitKey } from '../../../store/keys.ts';
import { useMachine, useObject, useOwnedBy } from '../../../store/selectors.ts';
import type { Selection } from '../../../store/view.ts';
import { ageText, virtualTime } from '../api-time.ts';
import { BreakIt, ChangeIt } from '../BreakIt.tsx';
import { Effects } from '../Effects.tsx';
import { TEXT } from '../messages.ts';
import { Chips, Facts, Folded, Head, Lead, Note, ObjectLink, ObjectList, Section } from '../parts.tsx';
import { useSecond } from '../use-slow.ts';
import { Why } from '../Why.tsx';
import { KINDS, OTHER_KIND } from '../what-is.ts';
import { EndpointSliceBody } from './EndpointSlice.tsx';
import { ObjectEvents } from './Events.tsx';
import { NodeBadge, NodeBody, NodeMore } from './Node.tsx';
import { PodBadge, PodBody, PodMore } from './Pod.tsx';
import { ServiceBody } from './Service.tsx';
import { DaemonSetBody, DeploymentBody, ReplicaSetBody } from './workloads.tsx';
import { Yaml } from './Yaml.tsx';

interface KindView {
  /** What is said of this kind only: below the sentence, and after the story of how it came about. */
  readonly Body?: (props: { readonly of: string }) => ReactNode;
  readonly More?: (props: { readonly of: string }) => ReactNode;
  readonly Badge?: (props: { readonly of: string }) => ReactNode;
}

const VIEWS: Readonly<Record<string, KindView>> = {
  Pod: { Body: PodBody, More: PodMore, Badge: PodBadge },
  Node: { Body: NodeBody, More: NodeMore, Badge: NodeBadge },
  Deployment: { Body: DeploymentBody },
  ReplicaSet: { Body: ReplicaSetBody },
  DaemonSet: { Body: DaemonSetBody },
  Service: { Body: ServiceBody },
  EndpointSlice: { Body: EndpointSliceBody },
};

/** One API object. */
export function ObjectPanel({ objectKey }: { readonly objectKey: string }) {
  const object = useObject(objectKey);
  const { kind, namespace, name } = splitKey(objectKey);
  const { Body, More, Badge: KindBadge } = VIEWS[kind] ?? {};
  const target: Selection = { type: 'object', key: objectKey };
  const ref = { apiVersion: object?.apiVersion, kind, namespace: namespace || undefined, name };
  return (
    <>
      <Head
        kicker={namespace === '' ? kind : `${kind} · ${namespace}`}
        title={name}
        badge={
          object === undefined ? <Badge tone="unknown">{TEXT.none}</Badge> : KindBadge && <KindBadge of={objectKey} />
        }
      >
        <Lead>{KINDS[kind] ?? OTHER_KIND}</Lead>
      </Head>
      {object === undefined ? (
        <Gone objectKey={objectKey} />
      ) : (
        <>
          {Body !== undefined && <Body of={objectKey} />}
          <Why target={ref} version={object.metadata.resourceVersion} />
          <Effects target={ref} version={object.metadata.resourceVersion} />
          <BreakIt target={target} />
          <ChangeIt target={target} />
          <ObjectEvents of={ref} />
          {More !== undefined && <More of={objectKey} />}
          <Metadata object={object} />
          <Folded title={TEXT.yaml}>{() => <Yaml objectKey={objectKey} />}</Folded>
        </>
      )}
    </>
  );
}

/** A machine can be there although its Node is not. */
function Gone({ objectKey }: { readonly objectKey: string }) {
  const { kind, name } = splitKey(objectKey);
  const machine = useMachine(kind === 'Node' ? name : '');
  return (
    <>
      <Section title={TEXT.status}>
        <Note icon="info">{TEXT.gone}</Note>
        {machine !== undefined && <Facts rows={[[TEXT.power, machine.powered ? TEXT.on : TEXT.off]]} />}
      </Section>
      <BreakIt target={{ type: 'object', key: objectKey }} />
    </>
  );
}

function Metadata({ object }: { readonly object: KubernetesObject }) {
  const { metadata, kind } = object;
  const owner =
    metadata.ownerReferences?.find(({ controller }) => controller === true) ?? metadata.ownerReferences?.[0];
  const owned = useOwnedBy(metadata.uid ?? '');
  return (
    <>
      <Section title={TEXT.labels}>
        <Chips of={metadata.labels} />
        <Facts
          rows={[
            owner !== undefined && [
              TEXT.owner,
              <ObjectLink key="owner" of={`${owner.kind}/${metadata.namespace ?? ''}/${owner.name}`}>
                {owner.kind} {owner.name}
              </ObjectLink>,
            ],
            [TEXT.age, <Age key="age" since={metadata.creationTimestamp} />],
          ]}
        />
      </Section>
      {owned.length > 0 && VIEWS[kind] === undefined && (
        <Section title={TEXT.owned}>
          <ObjectList keys={owned} />
        </Section>
      )}
    </>
  );
}

function Age({ since }: { readonly since: string | undefined }) {
  const now = useSecond();
  return <>{ageText(now, virtualTime(since))}</>;
}
