import type { ComponentView, MessageView } from '../../../../engine/door.ts';
import { Badge } from '../../../shared/Badge.tsx';
import { componentName } from '../../../shared/hues.ts';
import { Icon } from '../../../shared/icons.tsx';
import { componentOf, hostOf } from '../../../store/keys.ts';
import { mirror } from '../../../store/mirror.ts';
import type { Selection } from '../../../store/view.ts';
import { BreakIt } from '../BreakIt.tsx';
import { TEXT } from '../messages.ts';
import { whenText } from '../numbers.ts';
import { Facts, Head, Lead, Note, ObjectLink, Section } from '../parts.tsx';
import { useSlowComponent, useSlowMirror } from '../use-slow.ts';
import { Why } from '../Why.tsx';
import { COMPONENTS } from '../what-is.ts';
import { Cni, Containerd, CoreDns, Kindnet, MachineProcess } from './agents.tsx';
import { ApiServer } from './api-server.tsx';
import { ControllerManager } from './controller-manager.tsx';
import { Etcd, EtcdDown } from './etcd.tsx';
import { KubeProxy } from './kube-proxy.tsx';
import { Kubelet } from './kubelet.tsx';
import { Scheduler } from './scheduler.tsx';

/** Gets the component's `view`, of which any field may be missing. */
type Internals = (props: { readonly process: ComponentView }) => React.ReactNode;

const INTERNALS: Readonly<Record<string, Internals>> = {
  apiserver: ApiServer,
  etcd: Etcd,
  scheduler: Scheduler,
  'controller-manager': ControllerManager,
  kubelet: Kubelet,
  containerd: Containerd,
  cni: Cni,
  'kube-proxy': KubeProxy,
  kindnet: Kindnet,
  coredns: CoreDns,
  machine: MachineProcess,
};

/** One process: what it does and does not do, and what it is busy with. */
export function ComponentPanel({ address }: { readonly address: string }) {
  const process = useSlowComponent(address);
  const component = componentOf(address);
  const host = hostOf(address);
  const about = COMPONENTS[component];
  const target: Selection = { type: 'component', address };
  const Inside = INTERNALS[component];
  return (
    <>
      <Head
        kicker={`${TEXT.component} ${TEXT.onHost(host)}`}
        title={componentName(component)}
        component={component}
        badge={<State process={process} />}
      >
        {about !== undefined && (
          <Lead>
            {about.does} {about.doesNot}
          </Lead>
        )}
      </Head>
      {process === undefined ? (
        <Section title={TEXT.status}>
          <Note>{TEXT.unknownComponent}</Note>
        </Section>
      ) : process.running && Inside !== undefined ? (
        <Inside process={process} />
      ) : component === 'etcd' ? (
        <EtcdDown address={address} />
      ) : null}
      <LastAct address={address} />
      <BreakIt target={target} />
      {process?.running === true && <Origin process={process} />}
    </>
  );
}

function State({ process }: { readonly process: ComponentView | undefined }) {
  if (process?.running !== true) {
    return (
      <Badge tone="bad">
        <Icon name="cross" size={11} />
        {TEXT.down}
      </Badge>
    );
  }
  const { leading } = process.view as { readonly leading?: unknown };
  const text = leading === true ? TEXT.leading : leading === false ? TEXT.standby : TEXT.running;
  return (
    <Badge tone={leading === false ? 'neutral' : 'good'}>
      <Icon name={leading === false ? 'pause' : 'check'} size={11} />
      {text}
    </Badge>
  );
}

/** Static pods run most of the control plane: the pod is what the API knows of the process. */
const PODS: Readonly<Record<string, string>> = {
  apiserver: 'kube-apiserver',
  etcd: 'etcd',
  scheduler: 'kube-scheduler',
  'controller-manager': 'kube-controller-manager',
};

function Origin({ process: { component, host, startedAt } }: { readonly process: ComponentView }) {
  const pod = PODS[component];
  const key = `Pod/kube-system/${pod}-${host}`;
  return (
    <Section title={TEXT.process}>
      <Facts
        rows={[
          [TEXT.startedAt, whenText(startedAt, TEXT.beforeStart)],
          [TEXT.node, <ObjectLink key="node" of={`Node//${host}`} />],
          pod !== undefined && mirror.object(key) !== undefined && [TEXT.pod, <ObjectLink key="pod" of={key} />],
        ]}
      />
    </Section>
  );
}

/** Why a process did what it did last: it is the newest request of its own that is asked about. */
function LastAct({ address }: { readonly address: string }) {
  const id = useSlowMirror('messages', () => lastActOf(mirror.messages, address));
  return id === undefined ? null : <Why target={id} title={TEXT.whyLastAct} />;
}

const READS = /^(?:GET|LIST|WATCH|Range) /;

function lastActOf(messages: readonly MessageView[], address: string): number | undefined {
  const own = messages.findLast(
    ({ from, traffic, label }) =>
      from === address && traffic !== 'response' && traffic !== 'watch' && !READS.test(label),
  );
  return own?.id;
}
