import type { EndpointSlice, Service } from '../../../../engine/api/generated/types.ts';
import { Badge } from '../../../shared/Badge.tsx';
import { Table } from '../../../shared/Table.tsx';
import { durationText } from '../../../shared/time.ts';
import { componentOf, hostOf } from '../../../store/keys.ts';
import { mirror } from '../../../store/mirror.ts';
import { useAddresses, useMachine, useMirror, useObject } from '../../../store/selectors.ts';
import { TEXT } from '../messages.ts';
import { Chips, ComponentLink, Facts, Note, ObjectLink, Section } from '../parts.tsx';
import { useSlowComponent } from '../use-slow.ts';
import { EndpointTable } from './EndpointSlice.tsx';
import styles from './object.module.css';

export function ServiceBody({ of }: { readonly of: string }) {
  const service = useObject<Service>(of);
  if (service === undefined) return null;
  const { spec, metadata } = service;
  const isHeadless = spec?.clusterIP === 'None';
  return (
    <>
      <Section title={TEXT.service}>
        <Facts
          rows={[
            [TEXT.type, spec?.type ?? 'ClusterIP'],
            [TEXT.virtualIP, isHeadless ? TEXT.headless : <code key="ip">{spec?.clusterIP ?? '–'}</code>],
          ]}
        />
        <Table
          label={TEXT.ports}
          rows={spec?.ports ?? []}
          rowKey={({ port, protocol }) => `${port}/${protocol}`}
          columns={[
            { id: 'port', label: TEXT.port, mono: true, cell: ({ port, name }) => (name ? `${port} ${name}` : port) },
            { id: 'target', label: TEXT.targetPort, mono: true, cell: ({ targetPort }) => String(targetPort ?? '–') },
            { id: 'node', label: TEXT.nodePort, mono: true, cell: ({ nodePort }) => nodePort ?? '–' },
            { id: 'protocol', label: TEXT.protocol, mono: true, cell: ({ protocol }) => protocol ?? 'TCP' },
          ]}
        />
      </Section>
      <Section title={TEXT.selector}>
        <Chips of={spec?.selector} />
      </Section>
      <Endpoints namespace={metadata.namespace ?? ''} name={metadata.name ?? ''} />
      {!isHeadless && <RuleLag service={`${metadata.namespace}/${metadata.name}`} />}
    </>
  );
}

function Endpoints({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  const slices = useMirror(`service-slices:${namespace}/${name}`, () => mirror.slicesOfService(namespace, name));
  // The topic tells of changes inside the slices too, the list of keys does not: it is the newest revision that differs.
  useMirror(`service-slices:${namespace}/${name}`, () =>
    slices.map((key) => mirror.object(key)?.metadata.resourceVersion).join(),
  );
  const endpoints = slices.flatMap((key) => mirror.object<EndpointSlice>(key)?.endpoints ?? []);
  return (
    <Section title={TEXT.endpoints}>
      {endpoints.length === 0 ? (
        <Note icon="warning">{TEXT.noEndpoints}</Note>
      ) : (
        <EndpointTable endpoints={endpoints} namespace={namespace} />
      )}
      {slices.map((key) => (
        <Note key={key}>
          EndpointSlice <ObjectLink of={key} />
        </Note>
      ))}
    </Section>
  );
}

/** More nodes than this are not listed one by one. */
const MAX_NODES = 20;

/** Whether each node's kernel has the newest rules of this Service. */
function RuleLag({ service }: { readonly service: string }) {
  const proxies = useAddresses().filter((address) => componentOf(address) === 'kube-proxy');
  return (
    <Section title={TEXT.ruleLag}>
      <ul className={styles.lag}>
        {proxies.slice(0, MAX_NODES).map((address) => (
          <ProxyLag key={address} address={address} service={service} />
        ))}
      </ul>
      {proxies.length > MAX_NODES && <Note>{TEXT.moreNodes(proxies.length - MAX_NODES)}</Note>}
    </Section>
  );
}

function ProxyLag({ address, service }: { readonly address: string; readonly service: string }) {
  const process = useSlowComponent(address);
  const machine = useMachine(hostOf(address));
  const { waiting = [], lagMs = 0 } = (process?.view ?? {}) as {
    readonly waiting?: readonly string[];
    readonly lagMs?: number;
  };
  const isWaiting = waiting.includes(service);
  return (
    <li>
      <ComponentLink address={address} />
      {machine?.powered === false ? (
        <Badge tone="bad">{TEXT.rulePower}</Badge>
      ) : process?.running !== true ? (
        <Badge tone="bad">{TEXT.ruleDown}</Badge>
      ) : isWaiting ? (
        <Badge tone="warn">
          {TEXT.ruleWaiting} · {durationText(lagMs)}
        </Badge>
      ) : (
        <Badge tone="good">{TEXT.ruleCurrent}</Badge>
      )}
    </li>
  );
}
